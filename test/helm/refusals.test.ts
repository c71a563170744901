import assert from 'node:assert/strict';
import { test } from 'node:test';
import { template } from './chart.ts';

/** YAML over ci/minimal-values.yaml, and what Helm must say. */
const refused: readonly (readonly [what: string, over: string, says: RegExp])[] = [
  ['an unknown key', 'netwrkPolicy: {}', /'netwrkPolicy' not allowed/],
  [
    'an unknown key below',
    'networkPolicy: { dns: { prt: 53 } }',
    /at '\/networkPolicy\/dns': .*'prt'/,
  ],
  [
    'a misspelt key of the configuration',
    'config: { kafka: { main: { bootstrapServer: x } } }',
    /at '\/config\/kafka\/main': .*'bootstrapServer' not allowed/,
  ],
  [
    'an unknown technique',
    'config: { rules: { tags: { PII: { technique: psudonymize } } } }',
    /at '\/config\/rules\/tags\/PII/,
  ],
  [
    'a word where a number belongs',
    'replicas: two',
    /at '\/replicas': got string, want (integer|number)/,
  ],
  ['root', 'podSecurity: { runAsUser: 0 }', /at '\/podSecurity\/runAsUser'/],
  [
    'a quote in a name that is written into an expression',
    `admission: { admins: { users: ["a' || true"] } }`,
    /at '\/admission\/admins\/users\/0'/,
  ],
  ['no key', 'keys: { existingSecret: "" }', /keys: name an existingSecret, or a csi volume/],
  [
    'two sources of keys',
    'keys: { csi: { driver: x } }',
    /keys: give only one of existingSecret and csi/,
  ],
  [
    'credentials from nowhere',
    'credentials: [{ name: kafka }]',
    /credentials\[0\]: name an existingSecret/,
  ],
  [
    'a key directory that is not mounted',
    'config: { keys: { directory: /keys } }',
    /config\.keys\.directory: leave it out/,
  ],
  [
    'one instance id for all instances',
    'config: { service: { instanceId: a } }',
    /config\.service\.instanceId: .*fence each other/,
  ],
  [
    'another anonymizer',
    'config: { isolation: { mode: brokers, anonymizer: { namespace: a, podSelector: { a: b } } } }',
    /config\.isolation\.anonymizer\.namespace: leave it out/,
  ],
  [
    'a port below 1024',
    'config: { service: { http: { port: 80 } } }',
    /config\.service\.http\.port: choose/,
  ],
  [
    'a server that probes can not reach',
    'config: { service: { http: { host: 127.0.0.1 } } }',
    /config\.service\.http\.host: leave it out/,
  ],
  [
    'a drain longer than the pod may take',
    'config: { service: { drainTimeout: 1m } }',
    /terminationGracePeriodSeconds: choose more than 60/,
  ],
  [
    'labels that policies select by',
    'podLabels: { app.kubernetes.io/name: other }',
    /podLabels: leave out app\.kubernetes\.io\/name/,
  ],
  [
    'a cluster without a place',
    'config: { kafka: { other: { bootstrapServers: ["a:1"] } } }',
    /networkPolicy\.brokers\.other: say where/,
  ],
  [
    'a place without a cluster',
    'networkPolicy: { brokers: { othr: [] } }',
    /networkPolicy\.brokers\.othr: no cluster of this name/,
  ],
  [
    'brokers without a place',
    'networkPolicy: { brokers: { main: [] } }',
    /networkPolicy\.brokers\.main: say where/,
  ],
  [
    'brokers without ports',
    'networkPolicy: { brokers: { main: [{ namespace: a, podSelector: { a: b } }] } }',
    /networkPolicy\.brokers\.main\[0\]\.ports: list the ports/,
  ],
  [
    'brokers of a whole namespace',
    'networkPolicy: { brokers: { main: [{ namespace: a, ports: [1] }] } }',
    /networkPolicy\.brokers\.main\[0\]: give a cidr, or a namespace with a podSelector/,
  ],
  [
    'brokers by labels alone',
    'networkPolicy: { brokers: { main: [{ podSelector: { a: b }, ports: [1] }] } }',
    /networkPolicy\.brokers\.main\[0\]: give a cidr/,
  ],
  [
    'brokers anywhere',
    'networkPolicy: { brokers: { main: [{ cidr: 0.0.0.0/0, ports: [1] }] } }',
    /0\.0\.0\.0\/0 is the whole world/,
  ],
  [
    'an address and labels at once',
    'networkPolicy: { brokers: { main: [{ cidr: 10.0.0.0/8, namespace: a, ports: [1] }] } }',
    /give either a cidr, or/,
  ],
  [
    'a registry nowhere',
    'networkPolicy: { registry: [] }',
    /networkPolicy\.registry: say where the schema registry is/,
  ],
  [
    'a name service anywhere',
    'networkPolicy: { dns: { namespace: "" } }',
    /networkPolicy\.dns: give namespace and podSelector/,
  ],
  [
    'monitoring by everybody',
    'networkPolicy: { metricsFrom: [{ namespace: a }] }',
    /at '\/networkPolicy\/metricsFrom\/0': missing property 'podSelector'/,
  ],
  [
    'two scalers',
    'autoscaling: { enabled: true }\nkeda: { enabled: true }',
    /autoscaling\.enabled, keda\.enabled: choose one/,
  ],
  [
    'scaling without the number of partitions',
    'keda: { enabled: true, serverAddress: "http://p:1" }',
    /keda\.partitions: write how many/,
  ],
  [
    'more instances than partitions',
    'keda: { enabled: true, serverAddress: "http://p:1", partitions: 3, maxReplicas: 4 }',
    /keda\.maxReplicas: choose at most 3/,
  ],
  [
    'scaling by a CPU request that is not there',
    'autoscaling: { enabled: true, partitions: 3, maxReplicas: 3 }',
    /resources\.requests\.cpu: write it/,
  ],
  [
    'a lag from nowhere',
    'keda: { enabled: true, partitions: 3 }',
    /keda\.serverAddress: write the address/,
  ],
  [
    'a warden that can not reach the API server',
    'warden: { enabled: true }\nconfig: { isolation: { mode: brokers } }',
    /networkPolicy\.apiServer: say where/,
  ],
  [
    'a warden that is not told who may talk to whom',
    'warden: { enabled: true }\nnetworkPolicy: { apiServer: [{ cidr: 10.0.0.1/32, ports: [6443] }] }',
    /config\.isolation: say who may talk to whom/,
  ],
  [
    'two modes of the warden',
    'warden: { enabled: true }\nconfig: { isolation: { mode: brokers, warden: { mode: enforce } } }',
    /config\.isolation\.warden\.mode: leave it out/,
  ],
  [
    'another Lease than the warden may have',
    'warden: { enabled: true }\nconfig: { isolation: { mode: brokers, warden: { lease: { name: other } } } }',
    /config\.isolation\.warden\.lease: leave it out/,
  ],
  [
    'a place of brokers that no route writes to',
    'auditor: { enabled: true, brokers: { other: [{ cidr: 10.0.0.1/32, ports: [9092] }] } }',
    /auditor\.brokers\.other: no route writes/,
  ],
  [
    'an auditor that is given the map of connections',
    'auditor: { enabled: true, config: { isolation: { mode: brokers } } }',
    /auditor\/config.*isolation|auditor\.config.*isolation/s,
  ],
  [
    'a guard that nobody may pass',
    'admission: { enabled: true }',
    /admission\.admins: name the users or groups/,
  ],
  [
    'a guard that denies and warns',
    'admission: { enabled: true, admins: { users: [a] }, actions: [Deny, Warn] }',
    /admission\.actions: choose Deny or Warn/,
  ],
  [
    "an identity of the chart's own name",
    'admission: { enabled: true, admins: { users: [a] }, identities: [{ name: anonymizer, namespace: a, podSelector: { a: b }, serviceAccounts: [a], creators: [a] }] }',
    /admission\.identities: choose another name than anonymizer/,
  ],
];

for (const [what, over, says] of refused)
  test(`${what} is refused with path and remedy`, async () => {
    const { code, out, err } = await template({ over });
    assert.notEqual(code, 0);
    assert.equal(out, '');
    assert.match(err, says);
  });

test('without any value the missing ones are named', async () => {
  const { code, err } = await template({ values: [] });
  assert.notEqual(code, 0);
  assert.match(err, /at '\/config': missing properties 'kafka', 'registry'/);
});
