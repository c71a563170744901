/** A small cluster that is watched: raw records on broker 11, everything else on 12 and 13. */
import { Detector, type DetectorOptions } from '../../../src/isolation/flows/detector.ts';
import { FlowJudge } from '../../../src/isolation/flows/flow-judge.ts';
import {
  nobody,
  type FlowPeer,
  type ObservedFlow,
} from '../../../src/isolation/flows/observed-flow.ts';
import { PodDirectory } from '../../../src/isolation/flows/pod-directory.ts';
import { flowMap, type FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import type { CountedAnomaly } from '../../../src/isolation/flows/anomaly.ts';
import type { Declared } from '../../../src/isolation/topology/placement.ts';
import { pod, policy, read } from '../reachability/scene.ts';
import { client, declare, snapshotOf } from '../topology/cluster-fixture.ts';

/** Pods with addresses; `kafka-0` is broker 11 and so on. */
export const pods: readonly string[] = [
  pod('lethe/lethe-1', 'app: lethe', [], { ip: '10.0.1.10' }),
  ...[0, 1, 2].map((index) =>
    pod(
      `kafka/kafka-${index}`,
      `app: kafka, statefulset.kubernetes.io/pod-name: kafka-${index}`,
      [],
      {
        ip: `10.0.2.1${index + 1}`,
      },
    ),
  ),
  pod('shop/web-1', 'app: web', [], { ip: '10.0.3.3' }),
  pod('crm/crm-1', 'app: crm', [], { ip: '10.0.4.4' }),
  pod('ops/prom-1', 'app: prom', [], { ip: '10.0.5.5' }),
];

/** Broker 11 lets in the anonymizer and other brokers, on 9093. */
export const rawPolicy = policy(
  'kafka/raw',
  `
  podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: kafka-0}}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lethe}}
          podSelector: {matchLabels: {app: lethe}}
        - podSelector: {matchLabels: {app: kafka}}
      ports: [{port: 9093}]`,
);

export const declared: Declared = declare({
  clients: [client('crm', { consumes: ['public.orders'], groups: ['crm'], principal: 'User:crm' })],
  operators: [
    {
      name: 'monitoring',
      workload: { namespace: 'ops', podSelector: { app: 'prom' } },
      scrapes: ['brokers'],
      administers: [],
      manages: [],
    },
  ],
});

export const map: FlowMap = flowMap(declared, snapshotOf());

/** A flow with everything at its most usual. */
export function seen(
  source: Partial<FlowPeer>,
  destination: Partial<FlowPeer>,
  more: Partial<ObservedFlow> = {},
): ObservedFlow {
  return {
    at: Date.parse('2026-01-02T03:04:05Z'),
    source: { ...nobody, ...source },
    destination: { ...nobody, ...destination },
    protocol: 'TCP',
    port: 9093,
    verdict: 'allowed',
    layer: 'network',
    seenAt: null,
    count: 1,
    policies: [],
    kafka: null,
    origin: { format: 'hubble', line: 1 },
    ...more,
  };
}

/** Peers of the scene by their addresses. */
export const at = {
  lethe: { address: '10.0.1.10' },
  raw: { address: '10.0.2.11' },
  open: { address: '10.0.2.12' },
  web: { address: '10.0.3.3' },
  crm: { address: '10.0.4.4' },
  prom: { address: '10.0.5.5' },
  world: { address: '198.51.100.7', reserved: 'world' },
} as const satisfies Readonly<Record<string, Partial<FlowPeer>>>;

/** A detector over the scene, and what it told. */
export function watching(
  options: Partial<DetectorOptions> & { readonly policies?: readonly string[] } = {},
): {
  readonly detector: Detector;
  readonly told: CountedAnomaly[];
  readonly codes: () => string[];
} {
  const { policies = [], ...rest } = options;
  const manifests = read(...pods, ...policies);
  const told: CountedAnomaly[] = [];
  const detector = new Detector({
    map,
    declared,
    directory: new PodDirectory(manifests.workloads),
    judge: policies.length === 0 ? null : new FlowJudge(manifests),
    now: () => Date.parse('2026-01-02T04:00:00Z'),
    tell: (anomaly) => told.push(anomaly),
    ...rest,
  });
  const codes = (): string[] =>
    told.splice(0).map(({ finding }) => `${finding.severity} ${finding.code} ${finding.subject}`);
  return { detector, told, codes };
}
