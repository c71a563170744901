/** A fake API server: lists, pages, discovery, refusals and outages, over plain HTTP. The real one is met in tests of clusters. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

type Item = Readonly<Record<string, unknown>>;

/** One list: `group/version` (or `v1`), plural, kind, items. */
export interface FakeList {
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly items: readonly Item[];
}

export interface FakeOptions {
  readonly lists?: readonly FakeList[];
  readonly groups?: readonly string[];
  /** Answers before the usual ones, by path without query, each once. */
  readonly first?: Readonly<Record<string, readonly FakeAnswer[]>>;
  /** Answers in place of the usual ones, by path without query. */
  readonly always?: Readonly<Record<string, FakeAnswer>>;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeApiServer {
  readonly url: string;
  readonly kubeconfig: string;
  /** Paths with queries, in order. */
  readonly requests: readonly string[];
  /** Headers of the last request. */
  readonly headers: () => Readonly<Record<string, unknown>>;
}

/** Lists that every cluster has, empty. */
export const core: readonly FakeList[] = [
  ...[
    ['namespaces', 'Namespace'],
    ['pods', 'Pod'],
    ['serviceaccounts', 'ServiceAccount'],
    ['services', 'Service'],
    ['replicationcontrollers', 'ReplicationController'],
  ].map(([plural = '', kind = '']) => ({ version: 'v1', plural, kind, items: [] })),
  ...[
    ['deployments', 'Deployment'],
    ['replicasets', 'ReplicaSet'],
    ['statefulsets', 'StatefulSet'],
    ['daemonsets', 'DaemonSet'],
  ].map(([plural = '', kind = '']) => ({ version: 'apps/v1', plural, kind, items: [] })),
  { version: 'batch/v1', plural: 'jobs', kind: 'Job', items: [] },
  { version: 'batch/v1', plural: 'cronjobs', kind: 'CronJob', items: [] },
  { version: 'networking.k8s.io/v1', plural: 'ingresses', kind: 'Ingress', items: [] },
  { version: 'networking.k8s.io/v1', plural: 'networkpolicies', kind: 'NetworkPolicy', items: [] },
];

/** Starts one for the length of a test; lists given replace those of `core`. */
export async function fakeApiServer(
  t: TestContext,
  options: FakeOptions = {},
): Promise<FakeApiServer> {
  const lists = new Map(
    [...core, ...(options.lists ?? [])].map((list) => [`${list.version} ${list.plural}`, list]),
  );
  const first = new Map(
    Object.entries(options.first ?? {}).map(([path, list]) => [path, [...list]]),
  );
  const requests: string[] = [];
  let headers: Readonly<Record<string, unknown>> = {};
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://fake');
    requests.push(request.url ?? '');
    ({ headers } = request);
    const answer =
      first.get(url.pathname)?.shift() ??
      options.always?.[url.pathname] ??
      usual(url, [...lists.values()], options.groups ?? []);
    send(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), 'lethe-fake-'));
  t.after(async () => {
    rmSync(folder, { recursive: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, kubeconfigFor(url));
  return { url, kubeconfig, requests, headers: () => headers };
}

/** A kubeconfig of two contexts; plain HTTP is only taken where certificates are not looked at. */
export const kubeconfigFor = (url: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [
      { name: 'u', user: { token: 'first' } },
      { name: 'v', user: { token: 'second' } },
    ],
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u' } },
      { name: 'two', context: { cluster: 'c', user: 'v' } },
      { name: 'broken', context: { cluster: 'absent', user: 'v' } },
    ],
  });

function send(response: ServerResponse, { status, body, text, headers }: FakeAnswer): void {
  if (status === 0) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text ?? JSON.stringify(body ?? { kind: 'Status', message: `status ${status}` }));
}

function usual(url: URL, lists: readonly FakeList[], more: readonly string[]): FakeAnswer {
  const groups = [...new Set([...lists.map(({ version }) => version), ...more])].filter((version) =>
    version.includes('/'),
  );
  const parts = url.pathname.split('/').slice(1);
  if (url.pathname === '/apis') return { status: 200, body: { groups: groups.map(groupOf) } };
  if (parts[0] === 'apis' && parts.length === 3) {
    const version = `${parts[1]}/${parts[2]}`;
    const mine = lists.filter((list) => list.version === version);
    const resources = mine.flatMap(({ plural, kind }) => [
      { name: plural, kind, verbs: ['get', 'list'] },
      { name: `${plural}/status`, kind, verbs: ['get'] },
    ]);
    return { status: 200, body: { resources } };
  }
  const version = parts.slice(1, -1).join('/');
  const found = lists.find((list) => list.version === version && list.plural === parts.at(-1));
  return found === undefined ? { status: 404 } : page(url, found);
}

function groupOf(version: string): object {
  const [name = '', number = ''] = version.split('/');
  return { name, preferredVersion: { groupVersion: version, version: number } };
}

function page(url: URL, { kind, version, items }: FakeList): FakeAnswer {
  const limit = Number(url.searchParams.get('limit'));
  const from = Number(url.searchParams.get('continue') ?? 0);
  const next = from + limit < items.length ? String(from + limit) : '';
  const metadata = { resourceVersion: '7', continue: next };
  const body = {
    kind: `${kind}List`,
    apiVersion: version,
    metadata,
    items: items.slice(from, from + limit),
  };
  return { status: 200, body };
}
