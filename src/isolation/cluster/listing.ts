/** Whole lists, page by page. */
import { KubernetesError } from './errors.ts';
import type { ApiServer } from './api-server.ts';

/** One kind of object to list. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As in paths, such as `networkpolicies`. */
  readonly plural: string;
}

/** A listed object as plain JSON, with kind and version filled in, which items of lists leave out. */
export type ListedObject = Readonly<Record<string, unknown>>;

/** What listing ended in: everything, or why not. */
export type Listing =
  | {
      readonly kind: 'listed';
      readonly objects: readonly ListedObject[];
      /** As of which it is; changes after it are watched from here. */
      readonly resourceVersion: string;
    }
  /** The server doesn't serve the resource. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

const pageSize = 500;

/** A list that is too old to be continued is begun again this often: objects came and went while it was read. */
const mostBeginnings = 3;

/** Where a resource is listed, in all namespaces. */
export const pathOf = ({ group, version, plural }: Resource): string =>
  group === '' ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`;

/** As role-based access control names it: `networkpolicies.networking.k8s.io`. */
export const resourceName = ({ group, plural }: Resource): string =>
  group === '' ? plural : `${plural}.${group}`;

/**
 * Lists all objects of a resource as of one version: the pages of a list belong together.
 *
 * @throws KubernetesError where the server can't be reached or talks nonsense
 */
export async function list(server: ApiServer, resource: Resource): Promise<Listing> {
  for (let beginning = 1; ; beginning += 1) {
    const found = await listOnce(server, resource);
    if (found.kind !== 'refused' || found.status !== 410 || beginning === mostBeginnings)
      return found;
  }
}

async function listOnce(server: ApiServer, resource: Resource): Promise<Listing> {
  const objects: ListedObject[] = [];
  let next = '';
  let resourceVersion = '';
  do {
    const query = new URLSearchParams({ limit: String(pageSize) });
    if (next !== '') query.set('continue', next);
    const { status, body } = await server.get(`${pathOf(resource)}?${query.toString()}`);
    if (status === 404) return { kind: 'absent' };
    if (status !== 200) return { kind: 'refused', status, reason: reasonOf(body) };
    const page = pageOf(body, server.address);
    const { group, version, kind } = resource;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    for (const item of page.items) objects.push({ ...item, apiVersion, kind });
    next = page.next;
    resourceVersion = page.resourceVersion;
  } while (next !== '');
  return { kind: 'listed', objects, resourceVersion };
}

function pageOf(
  body: unknown,
  address: string,
): {
  readonly items: readonly ListedObject[];
  readonly next: string;
  readonly resourceVersion: string;
} {
  const items = isObject(body) ? body['items'] : undefined;
  const metadata = isObject(body) ? body['metadata'] : undefined;
  // An empty list of Go may come as null.
  if (!isObject(body) || !(Array.isArray(items) || items === null) || !isObject(metadata))
    throw new KubernetesError(
      'KUBERNETES_RESPONSE_INVALID',
      `Check the address of the API server: ${address} answers a list that is none`,
    );
  const { continue: next, resourceVersion } = metadata;
  return {
    items: (items ?? []).filter(isObject),
    next: typeof next === 'string' ? next : '',
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
  };
}

/** The server's own words, such as `pods is forbidden: User "x" cannot list …`. */
export function reasonOf(body: unknown): string {
  const message = isObject(body) ? body['message'] : undefined;
  return typeof message === 'string' ? message : 'no reason given';
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
