/** A real API server, a real Kafka of three brokers, and wardens as processes of their own with exactly the rights that the documents list. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs, { type Admin } from 'kafkajs';
import { until } from '../rig/ports.ts';
import { startWatched, type WatchedProcess } from '../rig/process.ts';
import type { ControlPlane } from '../rig/control-plane.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** One line of a warden's log. */
export interface Line {
  readonly event: string;
  readonly time: string;
  readonly action?: string;
  readonly policy?: string;
  readonly damage?: string;
  readonly by?: readonly string[];
  readonly condition?: string;
  readonly holds?: boolean;
  readonly reasons?: readonly string[];
  readonly why?: string;
  readonly code?: string;
  readonly state?: string;
  readonly resource?: string;
  readonly subject?: string;
  readonly policies?: readonly string[];
  readonly port?: number;
  readonly released?: boolean;
}

/** Whether a line is of this event and has these parts. */
export const isLine =
  (event: string, parts: Partial<Line> = {}) =>
  (line: Line): boolean =>
    line.event === event &&
    Object.entries(parts).every(([key, value]) => line[key as keyof Line] === value);

export interface WardenProcess {
  readonly process: WatchedProcess;
  lines(): readonly Line[];
  /** Waits for a line after the first `from` ones. @returns it */
  line(
    what: string,
    matches: (line: Line) => boolean,
    from?: number,
    patience?: number,
  ): Promise<Line>;
  /** Value of one series; `null` where there is none. */
  metric(series: string): Promise<number | null>;
}

const started: WatchedProcess[] = [];

/** Ends those that a failed test has left. */
export async function stopWardens(): Promise<void> {
  await Promise.all(started.map((one) => one.kill()));
}

export async function startWarden(options: {
  readonly config: string;
  readonly kubeconfig: string;
  readonly log: string;
  readonly mode?: string;
}): Promise<WardenProcess> {
  const { config, kubeconfig, log, mode = 'enforce' } = options;
  writeFileSync(log, '');
  const process_ = await startWatched({
    command: process.execPath,
    args: [MAIN, 'warden', '--config', config, '--kubeconfig', kubeconfig, '--mode', mode],
    log,
    env: { POD_NAMESPACE: 'lethe' },
  });
  started.push(process_);
  const lines = (): readonly Line[] =>
    readFileSync(log, 'utf8')
      .split('\n')
      .flatMap((text) =>
        text.startsWith('{') && text.endsWith('}') ? [JSON.parse(text) as Line] : [],
      );
  const line: WardenProcess['line'] = async (what, matches, from = 0, patience = 60_000) => {
    let found: Line | undefined;
    await until(
      what,
      () => {
        if (!process_.running)
          throw new Error(`The warden ended:\n${readFileSync(log, 'utf8').slice(-3000)}`);
        found = lines().slice(from).find(matches);
        return found !== undefined;
      },
      { patience, pause: 20 },
    );
    return found!;
  };
  return {
    process: process_,
    lines,
    line,
    async metric(series) {
      const { port } = await line(
        'the warden to listen',
        ({ event }) => event === 'http.listening',
      );
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      const text = await answer.text();
      const found = text.split('\n').find((one) => one.startsWith(`${series} `));
      return found === undefined ? null : Number(found.slice(series.length + 1));
    },
  };
}

/** The configuration: raw records of `crm`, sanitized ones for `lake`; `more` are lines of further clients. */
export function configText(bootstrapServers: string, more = ''): string {
  return `
kafka:
  main: { bootstrapServers: [${bootstrapServers
    .split(',')
    .map((one) => `"${one}"`)
    .join(', ')}], requestTimeout: 5s }
registry: { url: 'http://127.0.0.1:8081' }
keys: { directory: keys, current: v1 }
rules: { tags: { PII: { technique: suppress } } }
routes:
  - name: orders
    from: { topic: raw.orders }
    to: { topic: public.orders }
    key: { type: string, technique: pseudonymize, domain: id }
service: { http: { host: 127.0.0.1, port: 0 } }
isolation:
  mode: brokers
  anonymizer: { namespace: lethe, podSelector: { app: lethe } }
  brokers:
    main:
      namespace: kafka
      port: 9092
      pods:
        '11': { broker: '11' }
        '12': { broker: '12' }
        '13': { broker: '13' }
      controllers: { port: 9093 }
  dns: { namespace: kube-system, podSelector: { k8s-app: kube-dns } }
  registry: { namespace: kafka, podSelector: { app: registry } }
  clients:
    - { name: crm, workload: { namespace: crm, podSelector: { app: crm } }, produces: [raw.orders] }
    - { name: lake, workload: { namespace: lake, podSelector: { app: lake } }, consumes: [public.orders] }
${more}  warden: { poll: 1s, settle: 4s, staleAfter: 20s, acls: 1s }
`;
}

/** Brokers that check ACLs; who doesn't say who they are may do everything, as everybody here. */
export const authorizing = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
};

/** Topics on brokers of their own: raw on 11, the others on 12. */
export async function createTopics(admin: Admin): Promise<void> {
  const on = (topic: string, ...brokers: number[]) => ({
    topic,
    replicaAssignment: [{ partition: 0, replicas: brokers }],
  });
  await admin.createTopics({
    topics: [on('raw.orders', 11), on('public.orders', 12), on('lethe.quarantine', 12)],
  });
}

/** Moves the raw partition when no other move is under way: Kafka 4.3.1 sometimes never ends one that is sent elsewhere in its midst. */
export async function moveRaw(admin: Admin, ...brokers: number[]): Promise<void> {
  await until('the last move to end', async () => {
    const { topics } = await admin.listPartitionReassignments({});
    return topics.length === 0;
  });
  await admin.alterPartitionReassignments({
    topics: [{ topic: 'raw.orders', partitionAssignment: [{ partition: 0, replicas: brokers }] }],
  });
}

export async function adminOf(bootstrapServers: string): Promise<Admin> {
  const admin = new kafkajs.Kafka({
    brokers: bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  return admin;
}

/** Namespaces, and a pod for every party. */
export function people(): string {
  const pod = (namespace: string, name: string, labels: string): string => `
apiVersion: v1
kind: Pod
metadata: { namespace: ${namespace}, name: ${name}, labels: { ${labels} } }
spec: { automountServiceAccountToken: false, containers: [{ name: main, image: none }] }
`;
  return [
    ...['kafka', 'lethe', 'crm', 'lake', 'shop'].map(
      (name) => `\napiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`,
    ),
    ...[11, 12, 13].map((id) => pod('kafka', `kafka-${id}`, `broker: '${id}'`)),
    pod('kafka', 'registry', 'app: registry'),
    pod('lethe', 'lethe', 'app: lethe'),
    pod('crm', 'crm', 'app: crm'),
    pod('lake', 'lake', 'app: lake'),
    pod('shop', 'web', 'app: web'),
    pod('kube-system', 'coredns', 'k8s-app: kube-dns'),
  ].join('---');
}

/** Exactly the rights of docs/network/warden.md; `left` names resources that may not be read. */
export function rights(account: string, left: readonly string[] = []): string {
  const read = (group: string, ...resources: string[]): string =>
    `  - { apiGroups: ['${group}'], resources: [${resources.filter((one) => !left.includes(one)).join(', ')}], verbs: [list, watch] }`;
  const role = (namespace: string): string => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: ${account}, namespace: ${namespace} }
rules:
  - { apiGroups: [events.k8s.io], resources: [events], verbs: [create, patch] }
  - { apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [create, patch, delete] }
${
  namespace === 'lethe'
    ? `  - { apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create] }
  - { apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [lethe-warden], verbs: [get, update] }
`
    : ''
}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: ${account}, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${account} }
subjects: [{ kind: ServiceAccount, namespace: lethe, name: ${account} }]
`;
  return `apiVersion: v1
kind: ServiceAccount
metadata: { name: ${account}, namespace: lethe }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${account} }
rules:
${read('', 'namespaces', 'pods', 'services', 'serviceaccounts', 'replicationcontrollers')}
${read('apps', 'deployments', 'replicasets', 'statefulsets', 'daemonsets')}
${read('batch', 'jobs', 'cronjobs')}
${read('networking.k8s.io', 'networkpolicies', 'ingresses')}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ${account} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${account} }
subjects: [{ kind: ServiceAccount, namespace: lethe, name: ${account} }]
${role('kafka')}${role('lethe')}`;
}

/** Makes a service account with its rights. @returns its kubeconfig */
export async function accountFor(
  plane: ControlPlane,
  account: string,
  left: readonly string[] = [],
): Promise<string> {
  await plane.apply(rights(account, left));
  const token = await plane.kubectl(['-n', 'lethe', 'create', 'token', account, '--duration=2h']);
  return plane.kubeconfigFor(account, token.trim());
}
