import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { jobOf, longest, unfit } from '../../../src/isolation/attacks/jobs.ts';
import { plannedJobs } from '../../../src/isolation/attacks/planned-jobs.ts';
import type { Attack } from '../../../src/isolation/attacks/attack.ts';
import { attacked, ofKind } from './attack-fixture.ts';

const { attacks } = attacked();
const options = { image: 'lethe:1', run: 'abcd', timeout: 3, hostNetwork: false };
const there = { address: '10.1.2.3', node: 'node-a' };

function first(kind: string): Attack {
  const [attack] = ofKind(attacks, kind);
  assert.ok(attack !== undefined, kind);
  return attack;
}

/** A Job of an attack by its own source, as the API server would read it. */
function job(kind: string) {
  const attack = first(kind);
  assert.ok(attack.source.kind !== 'external');
  return jobOf(attack, attack.source, there, options);
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: readonly (Readonly<Record<string, unknown>> & {
      readonly args: readonly string[];
    })[];
  };
}
const templateOf = ({ spec }: ReturnType<typeof job>): Template => spec['template'] as Template;

describe('the Job of an attack', () => {
  it('looks like the attacker to policies: its namespace, its labels and no others', () => {
    const made = job('same-labels');
    assert.equal(made.metadata.namespace, 'intruder');
    assert.deepEqual(templateOf(made).metadata.labels, { app: 'lethe' });
    assert.equal(made.metadata.annotations['lethe/attack'], first('same-labels').id);
    const sidecar = job('sidecar');
    assert.equal(sidecar.metadata.namespace, 'lethe');
    assert.deepEqual(templateOf(sidecar).metadata.labels, { app: 'lethe' });
  });

  it('meets the restricted Pod Security standard and holds no token', () => {
    const { spec } = templateOf(job('rogue-pod'));
    const [container] = spec.containers;
    assert.equal(spec['automountServiceAccountToken'], false);
    assert.equal(spec['hostNetwork'], undefined);
    assert.deepEqual(
      [spec['securityContext'], container?.['securityContext']],
      [
        {
          runAsNonRoot: true,
          runAsUser: 65532,
          runAsGroup: 65532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      ],
    );
  });

  it('never becomes an endpoint of what it looks like, and ends by itself', () => {
    const { spec } = job('label-spoof');
    assert.deepEqual(templateOf(job('label-spoof')).spec['readinessGates'], [
      { conditionType: 'lethe/never-ready' },
    ]);
    assert.equal(spec['activeDeadlineSeconds'], longest(3));
    assert.equal(spec['ttlSecondsAfterFinished'], 60);
    assert.equal(spec['backoffLimit'], 0);
  });

  it('knocks once at the address, by the protocol of the attack', () => {
    const args = templateOf(job('udp-twin')).spec.containers[0]?.args.join(' ');
    assert.match(
      args ?? '',
      /^network probe --live --protocol udp --host 10\.1\.2\.3 --port 9093 --timeout 3s /,
    );
  });

  it('has a valid name that other runs and other sources do not have', () => {
    const names = attacks.flatMap((attack) =>
      attack.source.kind === 'external'
        ? []
        : ['a', 'b'].map(
            (run) =>
              jobOf(attack, attack.source as never, there, { ...options, run }).metadata.name,
          ),
    );
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z0-9-]{1,63}$/);
  });

  it('leaves out labels that the Job controller sets', () => {
    const attack = first('rogue-pod');
    assert.ok(attack.source.kind === 'pod');
    const labels = { 'job-name': 'x', 'batch.kubernetes.io/job-name': 'x', a: 'b' };
    const made = jobOf(attack, { ...attack.source, labels }, there, options);
    assert.deepEqual(templateOf(made).metadata.labels, { a: 'b' });
  });

  it('is put beside the destination, or on another node, where the attack asks for it', () => {
    const place = (kind: string): string => JSON.stringify(templateOf(job(kind)).spec['affinity']);
    assert.match(place('host-network'), /"operator":"In","values":\["node-a"\]/);
    assert.match(place('host-network-elsewhere'), /"operator":"NotIn","values":\["node-a"\]/);
    assert.equal(templateOf(job('host-network')).spec['hostNetwork'], true);
  });
});

describe('an attack that no Job can try', () => {
  it('is named with the reason', () => {
    const why = (kind: string, hostNetwork = false): string =>
      unfit(first(kind), first(kind).source, { hostNetwork }) ?? '';
    assert.match(why('stale-connection'), /"held"/);
    assert.match(why('world'), /no host outside/);
    assert.match(why('host-network'), /--host-network/);
    assert.equal(why('host-network', true), '');
    assert.match(why('sctp-twin'), /SCTP/);
    assert.equal(why('rogue-pod'), '');
  });

  it('stands in comments of what is planned, the others as a stream that YAML readers take', () => {
    const text = [...plannedJobs(attacks, options)].join('');
    assert.match(text, /^# pod-start:main\/11:TCP\/9093: a Job can't make/m);
    const jobs = parseAllDocuments(text)
      .map((one) => parse(String(one)) as { kind?: string } | null)
      .filter((one) => one?.kind === 'Job');
    assert.equal(
      jobs.length,
      attacks.filter((one) => unfit(one, one.source, options) === undefined).length,
    );
    assert.match(text, /--host\n +- \(address of main\/11\)/);
  });
});
