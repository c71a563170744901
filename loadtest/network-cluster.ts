/**
 * Generated clusters for the network scenarios: namespaces of about twenty workloads, each workload with one policy of both
 * directions that names its real peers, DNS for all, and a few gates to the outside. Same arguments, same bytes.
 */

/** One file of manifests. */
export interface GeneratedFile {
  readonly name: string;
  readonly text: string;
}

const perNamespace = 20;

/** Manifests of a cluster of `workloads` workloads with as many policies. */
export function generateCluster(workloads: number, seed = 1): readonly GeneratedFile[] {
  const random = mulberry32(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  const namespaces = Math.max(1, Math.ceil(workloads / perNamespace));
  const files: GeneratedFile[] = [];
  const callers = callGraph(workloads, pick);
  for (let n = 0; n < namespaces; n += 1) {
    const documents = [namespaceText(n)];
    const last = Math.min(workloads, (n + 1) * perNamespace);
    for (let w = n * perNamespace; w < last; w += 1)
      documents.push(workloadText(w), policyText(w, callers, workloads));
    files.push({ name: `team-${n}.yaml`, text: documents.join('---\n') });
  }
  return files;
}

interface Calls {
  readonly callersOf: readonly (readonly number[])[];
  readonly calleesOf: readonly (readonly number[])[];
}

/** Every workload calls one to four others, mostly of its own namespace. */
function callGraph(workloads: number, pick: (below: number) => number): Calls {
  const callersOf = Array.from({ length: workloads }, (): number[] => []);
  const calleesOf = Array.from({ length: workloads }, (): number[] => []);
  for (let w = 0; w < workloads; w += 1) {
    for (let calls = 1 + pick(4); calls > 0; calls -= 1) {
      const near = Math.floor(w / perNamespace) * perNamespace + pick(perNamespace);
      const callee = pick(4) > 0 && near < workloads ? near : pick(workloads);
      if (callee === w || calleesOf[w]!.includes(callee)) continue;
      calleesOf[w]!.push(callee);
      callersOf[callee]!.push(w);
    }
  }
  return { callersOf, calleesOf };
}

const spaceOf = (workload: number): string => `team-${Math.floor(workload / perNamespace)}`;
const portOf = (workload: number): number => 8_000 + (workload % 7);
const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

function namespaceText(n: number): string {
  const tier = n % 3 === 0 ? 'edge' : 'inner';
  return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team-${n}\n  labels:\n    tier: ${tier}\n`;
}

function workloadText(w: number): string {
  return `apiVersion: apps/v1
kind: ${kinds[w % kinds.length]!}
metadata:
  name: app-${w}
  namespace: ${spaceOf(w)}
spec:
  selector:
    matchLabels:
      app: app-${w}
  template:
    metadata:
      labels:
        app: app-${w}
        role: role-${w % 11}
    spec:
      containers:
        - name: main
          image: example/app:1
          ports:
            - name: main
              containerPort: ${portOf(w)}
              protocol: TCP
            - name: metrics
              containerPort: 9404
              protocol: TCP
`;
}

function policyText(w: number, { callersOf, calleesOf }: Calls, workloads: number): string {
  const peer = (other: number): string => `        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ${spaceOf(other)}
          podSelector:
            matchLabels:
              app: app-${other}
`;
  const port = (number: number, protocol = 'TCP'): string =>
    `        - port: ${number}\n          protocol: ${protocol}\n`;
  const from = callersOf[w]!.map(peer).join('');
  const to = calleesOf[w]!.map(
    (callee) => `    - to:\n${peer(callee)}      ports:\n${port(portOf(callee))}`,
  ).join('');
  const gate =
    w % 50 === 0
      ? `    - from:\n        - ipBlock:\n            cidr: 10.${w % 7}.0.0/16\n            except:\n              - 10.${w % 7}.4.0/24\n      ports:\n${port(portOf(w))}`
      : '';
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-${w}
  namespace: ${spaceOf(w)}
spec:
  podSelector:
    matchLabels:
      app: app-${w}
  policyTypes:
    - Ingress
    - Egress
  ingress:
${from === '' ? '' : `    - from:\n${from}      ports:\n${port(portOf(w))}`}${gate}    - from:
${peer(workloads - 1)}      ports:
${port(9_404)}  egress:
${to}    - to:
${peer(0)}      ports:
${port(53)}${port(53, 'UDP')}`;
}

/** A small generator with a period of 2^32, so that runs can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
