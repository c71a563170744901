import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flows, generated, judge, only, people, workload } from './verification-scene.ts';

const dns = workload('kube-system/coredns', { labels: 'k8s-app: kube-dns' });
const listening = (...ports: readonly [protocol: string, number: number][]): string =>
  people.replace(
    dns,
    dns.replace(
      'image: none',
      `image: none, ports: [${ports.map(([protocol, number]) => `{containerPort: ${number}, protocol: ${protocol}}`).join()}]`,
    ),
  );
const codes = (...args: Parameters<typeof judge>) =>
  judge(...args).findings.map(({ code }) => code);

describe('the port of the name service', () => {
  it('is warned about where its pods declare others', () => {
    const found = judge(generated(), { people: listening(['UDP', 5353], ['TCP', 5353]) });
    const { severity, subject, message } = only(found, 'NAME_SERVICE_PORT');
    assert.equal(severity, 'warning');
    assert.equal(subject, 'kube-system/coredns[Deployment]');
    assert.match(message, /UDP 53|TCP 53/);
    assert.match(message, /TCP 5353, UDP 5353/);
  });

  it('must be there for both protocols', () => {
    assert.ok(codes(generated(), { people: listening(['UDP', 53]) }).includes('NAME_SERVICE_PORT'));
  });

  it('is right where they declare it, and where they declare nothing', () => {
    for (const some of [people, listening(['UDP', 53], ['TCP', 53], ['TCP', 9153])])
      assert.ok(!codes(generated(), { people: some }).includes('NAME_SERVICE_PORT'));
  });

  it('is that of the configuration', () => {
    const map = flows({
      dns: {
        namespace: 'kube-system',
        podSelector: { 'k8s-app': 'kube-dns' },
        port: 5353,
        nodeLocal: null,
      },
    });
    const some = listening(['UDP', 5353], ['TCP', 5353]);
    assert.ok(!codes(generated(map), { people: some, flows: map }).includes('NAME_SERVICE_PORT'));
  });
});
