/** A small cluster with generated policies, and ways to spoil them. */
import assert from 'node:assert/strict';
import { generate } from '../../../src/isolation/policies/generate.ts';
import { flowMap, type FlowMap } from '../../../src/isolation/topology/flow-map.ts';
import { parseManifests, type Manifests } from '../../../src/isolation/manifests/manifests.ts';
import { verify } from '../../../src/isolation/verification/verify.ts';
import type { Finding } from '../../../src/isolation/findings/finding.ts';
import type { AclSnapshot } from '../../../src/isolation/verification/acl.ts';
import type { Verification } from '../../../src/isolation/verification/verification.ts';
import { client, declare, snapshotOf } from '../topology/cluster-fixture.ts';
import type { IsolationSettings } from '../../../src/isolation/topology/isolation-settings.ts';

export interface WorkloadOptions {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas?: number;
  readonly labels?: string;
  /** YAML inside of the pod's spec, in flow style. */
  readonly spec?: string;
}

/** A workload with the label `app: <name>`. */
export function workload(place: string, options: WorkloadOptions = {}): string {
  const [namespace, name] = place.split('/');
  const { kind = 'Deployment', replicas = 1, labels = `app: ${name}`, spec = '' } = options;
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {${labels}}}
  template:
    metadata: {labels: {${labels}}}
    spec: {${spec === '' ? '' : `${spec}, `}containers: [{name: main, image: none}]}
`;
}

/** Who is in the cluster: declared parties, and two strangers. */
export const people = [
  workload('kafka/kafka', { kind: 'StatefulSet', replicas: 3 }),
  workload('kafka/registry'),
  workload('lethe/lethe', { replicas: 2 }),
  workload('crm/crm'),
  workload('lake/lake'),
  workload('monitoring/prometheus'),
  workload('kube-system/coredns', { labels: 'k8s-app: kube-dns' }),
  workload('shop/web'),
  workload('shop/job'),
].join('---\n');

const settings: Partial<IsolationSettings> = {
  anonymizerPrincipal: 'User:lethe',
  clients: [
    client('crm', { produces: ['raw.orders'], principal: 'User:crm' }),
    client('lake', { consumes: ['public.orders'], groups: ['lake'], principal: 'User:lake' }),
  ],
  operators: [
    {
      name: 'prometheus',
      workload: { namespace: 'monitoring', podSelector: { app: 'prometheus' } },
      scrapes: ['lethe', 'brokers'],
      administers: [],
      manages: [],
    },
  ],
  registry: { namespace: 'kafka', podSelector: { app: 'registry' }, port: 8081 },
};

/** The flow map of the cluster. */
export const flows = (more: Partial<IsolationSettings> = {}, map = snapshotOf()): FlowMap =>
  flowMap(declare({ ...settings, ...more }), map);

/** Policies as they are generated, one text. */
export function generated(map: FlowMap = flows()): string {
  const { refused, files, findings } = generate(map, { flavour: 'networkpolicy' });
  assert.equal(refused, false, JSON.stringify(findings));
  return files
    .filter(({ path }) => path.endsWith('.yaml'))
    .map(({ text }) => text)
    .join('\n---\n');
}

/** Reads named texts. */
export const read = (files: Readonly<Record<string, string>>): Manifests =>
  parseManifests(Object.entries(files).map(([name, text]) => ({ name, text })));

/** Verifies the cluster with these policies, and whatever else there is. */
export function judge(
  policies: string,
  more: {
    readonly flows?: FlowMap;
    readonly others?: string;
    readonly people?: string;
    readonly acls?: AclSnapshot;
  } = {},
): Verification {
  const manifests = read({
    'people.yaml': more.people ?? people,
    'policies.yaml': policies,
    'others.yaml': more.others ?? '',
  });
  return verify({ flows: more.flows ?? flows(), manifests, acls: more.acls ?? null });
}

/** Findings in short: severity, code, subject. */
export const short = ({ findings }: Verification): readonly string[] =>
  findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

/** The one finding of a code. */
export function only(verification: Verification, code: string): Finding {
  const found = verification.findings.filter((one) => one.code === code);
  assert.equal(found.length, 1, short(verification).join('\n'));
  return found[0]!;
}
