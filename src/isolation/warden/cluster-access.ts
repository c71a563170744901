/** The warden's requests, as they go to a real API server. */
import { discover } from '../cluster/resources.ts';
import { isObject, list, pathOf, reasonOf, type Resource } from '../cluster/listing.ts';
import { watch } from '../cluster/watch.ts';
import { WardenError } from './errors.ts';
import { microTime } from './micro-time.ts';
import { fieldManager, manifestOf, type PolicyReference } from './policy-objects.ts';
import type { Answer, ApiServer } from '../cluster/api-server.ts';
import type { LeaseRecord, StoredLease, WardenApi } from './warden-api.ts';

export interface ClusterAccessOptions {
  readonly server: ApiServer;
  /** For the Lease and for writes: an answer that is late is as good as none. */
  readonly quick: ApiServer;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Where objects of a kind are; undefined for kinds that the server doesn't have. */
  readonly resourceOf: (reference: PolicyReference) => Resource | undefined;
}

/** Seconds of one watch, not the same for all, so that they don't end together. */
const watchSeconds = (): number => 45 + Math.floor(Math.random() * 30);

export function clusterAccess({
  server,
  quick,
  lease,
  resourceOf,
}: ClusterAccessOptions): WardenApi {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(lease.namespace)}/leases`;
  const ownLease = `${leases}/${encodeURIComponent(lease.name)}`;
  const pathTo = (reference: PolicyReference, query: string): string | null => {
    const resource = resourceOf(reference);
    if (resource === undefined) return null;
    const { namespace, name } = reference;
    const inside = namespace === null ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
    const path = pathOf(resource).replace(/[^/]+$/, `${inside}${resource.plural}`);
    return `${path}/${encodeURIComponent(name)}${query}`;
  };
  const manager = `fieldManager=${fieldManager}&fieldValidation=Strict`;
  return {
    discover: () => discover(server),
    list: (resource) => list(server, resource),
    watch: (resource, resourceVersion, signal) =>
      watch(server, resource, resourceVersion, { signal, seconds: watchSeconds() }),
    async apply(wanted) {
      const path = pathTo(wanted, `?${manager}&force=true`);
      if (path === null) return unserved;
      return written(await quick.send('PATCH', path, manifestOf(wanted)));
    },
    async patchSpec(live, patch) {
      const path = pathTo(live, `?${manager}`);
      if (path === null) return unserved;
      const body = { metadata: { resourceVersion: live.resourceVersion }, spec: patch };
      return written(await quick.send('PATCH', path, body, 'application/merge-patch+json'));
    },
    async remove(live) {
      const path = pathTo(live, '');
      if (path === null) return unserved;
      const { uid, resourceVersion } = live;
      const answer = await quick.send('DELETE', path, {
        apiVersion: 'meta.k8s.io/v1',
        kind: 'DeleteOptions',
        preconditions: { uid, resourceVersion },
      });
      const { status, body } = answer;
      if (status < 300) return { kind: 'removed' };
      return status === 404 || status === 409
        ? { kind: 'conflict' }
        : { kind: 'refused', status, reason: reasonOf(body) };
    },
    async createEvent({ namespace, body }) {
      const { status } = await quick.send('POST', eventsOf(namespace), body);
      return { status };
    },
    async patchEvent({ namespace, name, body }) {
      const path = `${eventsOf(namespace)}/${encodeURIComponent(name)}`;
      const { status } = await quick.send('PATCH', path, body, 'application/merge-patch+json');
      return { status };
    },
    async readLease() {
      const answer = await quick.get(ownLease);
      return answer.status === 404 ? null : leaseIn(accepted(answer));
    },
    async createLease(record) {
      const answer = await quick.send('POST', leases, leaseBody(lease, record, null));
      return answer.status === 409 ? null : leaseIn(accepted(answer));
    },
    async updateLease(record, before) {
      const answer = await quick.send('PUT', ownLease, leaseBody(lease, record, before));
      return answer.status === 409 || answer.status === 404 ? null : leaseIn(accepted(answer));
    },
  };
}

const unserved = {
  kind: 'refused',
  status: 404,
  reason: 'the server has no such kind',
} as const;

const eventsOf = (namespace: string): string =>
  `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;

function written({ status, body }: Answer): Awaited<ReturnType<WardenApi['apply']>> {
  if (status < 300 && isObject(body)) return { kind: 'written', object: body };
  return status === 409
    ? { kind: 'conflict' }
    : { kind: 'refused', status, reason: reasonOf(body) };
}

function accepted({ status, body }: Answer): unknown {
  if (status < 300) return body;
  throw new WardenError(
    'WARDEN_LEASE_REFUSED',
    `Let the warden get, create and update its Lease: the API server answers ${status}`,
    { retriable: status !== 403 },
  );
}

function leaseIn(body: unknown): StoredLease {
  const root = isObject(body) ? body : {};
  const metadata = isObject(root['metadata']) ? root['metadata'] : {};
  const spec = isObject(root['spec']) ? root['spec'] : {};
  return {
    resourceVersion: text(metadata['resourceVersion']),
    uid: text(metadata['uid']),
    record: {
      holder: text(spec['holderIdentity']),
      durationSeconds: number(spec['leaseDurationSeconds']),
      acquired: text(spec['acquireTime']),
      renewed: text(spec['renewTime']),
      transitions: number(spec['leaseTransitions']),
    },
  };
}

function leaseBody(
  { namespace, name }: ClusterAccessOptions['lease'],
  { holder, durationSeconds, acquired, renewed, transitions }: LeaseRecord,
  before: StoredLease | null,
): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      namespace,
      name,
      ...(before !== null && { uid: before.uid, resourceVersion: before.resourceVersion }),
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: durationSeconds,
      acquireTime: microTime(acquired),
      renewTime: microTime(renewed),
      leaseTransitions: transitions,
    },
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
