import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { verify } from '../../../src/isolation/verification/verify.ts';
import { snapshotOf, topic } from '../topology/cluster-fixture.ts';
import { policy } from '../reachability/scene.ts';
import {
  flows,
  generated,
  judge,
  only,
  people,
  read,
  short,
  workload,
} from './verification-scene.ts';

const clean = generated();

/** The generated policies with one place changed. */
function spoil(from: string | RegExp, to: string, after = ''): string {
  const start = clean.indexOf(after);
  assert.ok(start >= 0, after);
  const rest = clean.slice(start);
  const changed = rest.replace(from, to);
  assert.notEqual(changed, rest, 'the edit changes something');
  return clean.slice(0, start) + changed;
}

describe('verification', () => {
  it('has nothing against the generated policies, and says what it judged', () => {
    const result = judge(clean);
    assert.deepEqual(short(result), []);
    assert.equal(result.verified, true);
    assert.deepEqual(result.proof.policies, { ours: 11, others: 0 });
    assert.equal(result.proof.flows.checked, result.proof.flows.declared);
    assert.ok(result.proof.flows.checked > 20);
    assert.ok(result.proof.pairs.ingress > 50);
    assert.deepEqual(result.topics, [
      {
        topics: ['main raw.orders'],
        brokers: ['main/11'],
        reachedBy: ['crm/crm[Deployment]', 'lethe/lethe[Deployment]'],
        readableBy: null,
      },
    ]);
  });

  it('verifies nothing where there is nothing to judge', () => {
    const empty = verify({ flows: flows(), manifests: read({}), acls: null });
    assert.equal(empty.verified, false);
    assert.deepEqual(
      empty.findings
        .filter(({ code }) => code === 'NOTHING_TO_JUDGE')
        .map(({ subject }) => subject),
      ['pods that are any declared party', 'policies', 'workloads'],
    );
    const noRaw = judge(clean, { flows: flows({}, snapshotOf(topic('raw.orders'))) });
    assert.equal(noRaw.verified, false);
    assert.match(only(noRaw, 'NOTHING_TO_JUDGE').message, /no raw topics on any broker/);
  });

  it('names the policy that isolates and the rule that nearly allows a missing flow', () => {
    const result = judge(spoil('port: 9093', 'port: 9094', 'name: lethe-anonymizer-egress'));
    const [finding] = result.findings;
    assert.equal(result.verified, false);
    assert.equal(finding?.code, 'MISSING_FLOW');
    assert.match(finding.message, /anonymizer can't reach .*broker main\/11.* at TCP 9093/);
    assert.match(finding.message, /lethe-anonymizer-egress egress\[2\] opens other ports/);
    const culprit = finding.deciders.find(({ rule }) => rule === 'egress[2]');
    assert.equal(culprit?.policy, 'NetworkPolicy lethe/lethe-anonymizer-egress');
    assert.equal(culprit.origin.file, 'policies.yaml');
    const lines = clean.split('\n');
    assert.match(lines[culprit.origin.line - 1] ?? '', /- to:/);
  });

  it('finds a policy that selects other pods, and what is missing for it', () => {
    const result = judge(spoil('app: lethe', 'app: lethee', 'name: lethe-anonymizer-egress\n'));
    // The first "app: lethe" after the name is the label of the policy itself.
    const direct = judge(
      spoil(
        /matchLabels:\n {6}app: lethe\n/,
        'matchLabels:\n      app: other\n',
        'name: lethe-anonymizer-egress\n',
      ),
    );
    assert.ok(result.findings.length > 0 || result.verified);
    assert.ok(
      short(direct).some((line) => line.startsWith('error MISSING_FLOW')),
      short(direct).join('\n'),
    );
    const idle = only(direct, 'POLICY_SELECTS_NOTHING');
    assert.equal(idle.subject, 'NetworkPolicy lethe/lethe-anonymizer-egress');
    const missing = direct.findings.find(({ code }) => code === 'MISSING_FLOW');
    assert.match(missing?.message ?? '', /selects other pods/);
  });

  it('finds an excess flow of our own policy, with the rule and a path to the topic', () => {
    const result = judge(
      spoil(
        /kubernetes.io\/metadata.name: crm\n {10}podSelector:\n {12}matchLabels:\n {14}app: crm/,
        'kubernetes.io/metadata.name: shop',
        'name: lethe-broker-main-11-ingress',
      ),
    );
    const finding = only(result, 'EXCESS_FLOW');
    assert.equal(finding.severity, 'error');
    assert.equal(finding.deciders[0]?.policy, 'NetworkPolicy kafka/lethe-broker-main-11-ingress');
    assert.match(finding.message, /shop\/job\[Deployment\], shop\/web\[Deployment\]/);
    assert.deepEqual(finding.path, [
      'shop/job[Deployment]',
      'TCP 9093',
      'kafka/kafka-0[Pod]',
      'topic raw.orders',
    ]);
    assert.ok(short(result).some((line) => line.includes('MISSING_FLOW')));
  });

  it('finds a hole by another owner, which closes nothing of ours', () => {
    const others = policy(
      'kafka/team',
      '{podSelector: {matchLabels: {app: kafka}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}], ports: [{port: 9093}]}]}',
    );
    const result = judge(clean, { others });
    const hole = only(result, 'HOLE_BY_OTHERS');
    assert.equal(hole.severity, 'error');
    assert.equal(hole.subject, 'kafka/kafka-0[Pod] and 2 more');
    assert.match(
      hole.message,
      /may reach raw broker kafka\/kafka-0\[Pod\], broker kafka\/kafka-1\[Pod\]/,
    );
    assert.equal(hole.deciders[0]?.policy, 'NetworkPolicy kafka/team');
    assert.equal(hole.deciders[0].rule, 'ingress[0]');
    assert.equal(hole.deciders[0].origin.file, 'others.yaml');
    assert.match(hole.remedy, /Admin tier/);
    assert.equal(result.proof.policies.others, 1);
  });

  it('finds what a rule would let in although nobody is there yet', () => {
    const spoiled = judge(
      spoil(
        /kubernetes.io\/metadata.name: crm\n/,
        'team: crm\n',
        'name: lethe-broker-main-11-ingress',
      ),
    );
    assert.match(
      only(spoiled, 'EXCESS_FLOW').message,
      /\(any namespace\) with team=crm\/\(any pod with app=crm\)\[Pod\]/,
    );
    const emptied = judge(
      spoil(
        /- namespaceSelector:\n {12}matchLabels:\n {14}kubernetes.io\/metadata.name: crm\n/,
        '- namespaceSelector: {}\n',
        'name: lethe-broker-main-11-ingress',
      ),
    );
    const finding = only(emptied, 'EXCESS_FLOW');
    assert.equal(finding.severity, 'error');
    assert.match(finding.message, /\(any namespace\)\/\(any pod with app=crm\)/);
  });

  it('finds unprotected pods and namespaces when the default deny goes', () => {
    const deny = /name: lethe-default-deny\n {2}namespace: lethe[\s\S]*?- Egress\n/;
    const gone = judge(
      spoil(
        deny,
        'name: x\n  namespace: elsewhere\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n',
      ),
    );
    assert.deepEqual(
      short(gone).filter((line) => line.includes('UNPROTECTED')),
      ['warning NAMESPACE_UNPROTECTED lethe', 'warning NAMESPACE_UNPROTECTED lethe'],
    );
    const inert = judge(spoil('- Egress', '- Ingress', 'name: lethe-anonymizer-egress'));
    const codes = short(inert);
    assert.ok(
      codes.some((line) => line.startsWith('error MISSING_FLOW lethe/lethe')),
      codes.join('\n'),
    );
  });

  it('finds a pod that nothing isolates, and the policies that look as if they did', () => {
    const own = clean
      .split(/\n---\n/)
      .filter(
        (text) =>
          !/name: lethe-(broker-main-11-ingress|default-deny)\n {2}namespace: kafka/.test(text),
      )
      .join('\n---\n');
    const result = judge(own);
    assert.deepEqual(short(result), [
      'error POD_UNPROTECTED kafka/kafka-0[Pod]',
      'warning NAMESPACE_UNPROTECTED kafka',
      'warning NAMESPACE_UNPROTECTED kafka',
      'warning POD_UNPROTECTED kafka/registry[Deployment]',
    ]);
    const finding = result.findings[0]!;
    assert.match(
      finding.message,
      /raw broker kafka\/kafka-0\[Pod\] for ingress: everybody may reach it/,
    );
  });

  it('passes on what the flow map and the manifests say', () => {
    const moved = judge(clean, { flows: flows({}, snapshotOf(topic('raw.orders', [11, 12]))) });
    assert.equal(moved.verified, false);
    assert.equal(only(moved, 'BROKER_SHARED').severity, 'error');
    assert.ok(moved.findings.some(({ code }) => code === 'EXCESS_FLOW' || code === 'MISSING_FLOW'));
    const broken = judge(clean, { others: 'kind: NetworkPolicy\nspec: [' });
    assert.equal(only(broken, 'MANIFEST_UNCLEAR').deciders[0]?.origin.file, 'others.yaml');
    const unknown = judge(clean, {
      others: 'apiVersion: security.antrea.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}',
    });
    assert.equal(only(unknown, 'POLICY_UNKNOWN').severity, 'error');
    const kafka = judge(clean, {
      others:
        'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: k, namespace: shop}\nspec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "1"}], rules: {kafka: []}}]}]}',
    });
    assert.equal(only(kafka, 'CILIUM_KAFKA_RULES').deciders[0]?.origin.line, 4);
  });

  it('says which parties are not there, twice there, or nowhere', () => {
    const without = people
      .split('---\n')
      .filter((text) => !/name: (crm|lethe),/.test(text))
      .join('---\n');
    const absent = judge(clean, { people: without });
    assert.deepEqual(
      short(absent).filter((line) => line.includes('PARTY_')),
      ['error PARTY_ABSENT anonymizer', 'warning PARTY_ABSENT client crm'],
    );
    const twice = judge(clean, {
      people: `${people}---\n${workload('lethe/twin', { labels: 'app: lethe' })}`,
    });
    assert.match(only(twice, 'PARTY_AMBIGUOUS').message, /lethe\/lethe.*lethe\/twin/);
    const named = flows({ registry: null });
    assert.match(
      only(judge(generated(named), { flows: named }), 'PARTY_UNPLACED').message,
      /registry.kafka/,
    );
  });

  it('reports hosts: parties that no policy binds, and pods that share the node of a raw broker', () => {
    const hosts = judge(clean, {
      people: `${people}---\n${workload('ops/agent', { kind: 'DaemonSet', spec: 'hostNetwork: true' })}`,
    });
    const finding = only(hosts, 'HOST_NETWORK_REACH');
    assert.equal(finding.severity, 'warning');
    assert.deepEqual(finding.path, [
      'ops/agent[DaemonSet]',
      'node',
      'kafka/kafka-0[Pod]',
      'topic raw.orders',
    ]);
    const broker = judge(clean, {
      people: people.replace(
        workload('kafka/kafka', { kind: 'StatefulSet', replicas: 3 }),
        workload('kafka/kafka', { kind: 'StatefulSet', replicas: 3, spec: 'hostNetwork: true' }),
      ),
    });
    assert.equal(only(broker, 'HOST_NETWORK_PARTY').subject, 'kafka/kafka-0[Pod]');
  });

  it('reports doors on nodes and outside that lead to raw brokers, and no others', () => {
    const service = (name: string, type: string, selector: string): string =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: kafka}\nspec: {type: ${type}, selector: {${selector}}, ports: [{port: 9093}]}\n`;
    const doors = judge(clean, {
      others: [
        service('all', 'NodePort', 'app: kafka'),
        service('open', 'LoadBalancer', 'statefulset.kubernetes.io/pod-name: kafka-1'),
        service('inside', 'ClusterIP', 'app: kafka'),
      ].join('---\n'),
    });
    assert.equal(only(doors, 'BROKER_EXPOSED').subject, 'Service kafka/all');
    const port = 'containers: [{name: main, ports: [{containerPort: 9093, hostPort: 9093}]}]';
    const host = judge(clean, {
      people: people.replace(
        /(name: lethe, [\s\S]*?)containers: \[\{name: main, image: none\}\]/,
        `$1${port}`,
      ),
    });
    assert.equal(only(host, 'BROKER_EXPOSED').subject, 'Deployment lethe/lethe');
  });

  it('leaves ipBlock over addresses of pods to the implementation, and says which decides', () => {
    const address = (name: string, ip: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {app: far}}\nspec: {containers: [{name: main}]}\nstatus: {podIP: ${ip}}\n`;
    const others = policy(
      'kafka/nodes',
      '{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: kafka-0}}, ingress: [{from: [{ipBlock: {cidr: 10.9.0.0/16}}]}]}',
    );
    const result = judge(clean, { others, people: `${people}---\n${address('far', '10.9.0.1')}` });
    assert.match(only(result, 'HOLE_BY_OTHERS').message, /10\.9\.0\.0-10\.9\.255\.255\[External\]/);
    const finding = only(result, 'VERDICT_BY_IMPLEMENTATION');
    assert.equal(finding.severity, 'warning');
    assert.match(finding.message, /shop\/far\[Pod\].*Calico and kube-router do, Cilium doesn't/);
  });

  it('tells the second hop through whoever may hand raw records on', () => {
    const operators = [
      {
        name: 'connect',
        workload: { namespace: 'shop', podSelector: { app: 'job' } },
        scrapes: [],
        administers: ['main'],
        manages: [],
      },
    ];
    const map = flows({ operators });
    const result = judge(generated(map), { flows: map });
    const finding = only(result, 'SECOND_HOP');
    assert.equal(finding.severity, 'warning');
    assert.deepEqual(finding.path.slice(2), [
      'shop/job[Deployment]',
      'TCP 9093',
      'main/11',
      'topic raw.orders',
    ]);
  });

  it('stays silent on edits that mean the same', () => {
    const renamed = judge(spoil('name: lethe-anonymizer-egress', 'name: another'));
    assert.deepEqual(short(renamed), []);
    const twice = judge(clean, { others: spoil('name: lethe-default-deny', 'name: copy') });
    assert.deepEqual(
      short(twice).filter((line) => !line.includes('MANIFEST_UNCLEAR')),
      [],
    );
    const reversed = judge(clean.split('\n---\n').toReversed().join('\n---\n'));
    assert.deepEqual(short(reversed), []);
  });
});
