import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  runJobs,
  type AttackCluster,
  type ClusterAnswer,
  type RunOptions,
} from '../../../src/isolation/attacks/run-jobs.ts';
import type { JobManifest } from '../../../src/isolation/attacks/jobs.ts';
import type { Attack } from '../../../src/isolation/attacks/attack.ts';
import type { LiveResult } from '../../../src/isolation/attacks/live.ts';
import { attacked, ofKind } from './attack-fixture.ts';

const { attacks } = attacked();
const [rogue] = ofKind(attacks, 'rogue-pod') as [Attack];
const [foreign] = ofKind(attacks, 'foreign-pod') as [Attack];
const [spoof] = ofKind(attacks, 'label-spoof') as [Attack];

const ended = (message: unknown): unknown => ({
  status: {
    phase: 'Succeeded',
    containerStatuses: [{ state: { terminated: { message: JSON.stringify(message) } } }],
  },
});

/** An API server that keeps Jobs; `pod` makes the pod of a Job, at its n-th look. */
class FakeCluster implements AttackCluster {
  readonly jobs = new Map<string, JobManifest>();
  readonly removed: string[] = [];
  readonly made: JobManifest[] = [];
  most = 0;
  broker: unknown = {
    spec: { nodeName: 'a' },
    status: { phase: 'Running', podIPs: [{ ip: '10.0.0.9' }] },
  };
  create = 201;
  remove = 200;
  readonly #looks = new Map<string, number>();
  readonly #pod: (job: JobManifest, look: number) => unknown;

  constructor(pod: (job: JobManifest, look: number) => unknown) {
    this.#pod = pod;
  }

  get(path: string): Promise<ClusterAnswer> {
    const selector = decodeURIComponent(path.split('labelSelector=')[1] ?? '');
    const name = /^batch\.kubernetes\.io\/job-name=(.*)$/.exec(selector)?.[1];
    if (name === undefined) return Promise.resolve({ status: 200, body: { items: [this.broker] } });
    const look = this.#looks.get(name) ?? 0;
    this.#looks.set(name, look + 1);
    const job = this.jobs.get(name);
    const pod = job === undefined ? undefined : this.#pod(job, look);
    return Promise.resolve({ status: 200, body: { items: pod === undefined ? [] : [pod] } });
  }

  send(method: 'POST' | 'DELETE', path: string, body: unknown): Promise<ClusterAnswer> {
    if (method === 'DELETE') {
      const name = path.split('/').at(-1)!;
      this.removed.push(name);
      const known = this.jobs.delete(name);
      return Promise.resolve({ status: known ? this.remove : 404, body: null });
    }
    if (this.create >= 400)
      return Promise.resolve({ status: this.create, body: { message: 'jobs is forbidden' } });
    const job = body as JobManifest;
    this.jobs.set(job.metadata.name, job);
    this.made.push(job);
    this.most = Math.max(this.most, this.jobs.size);
    return Promise.resolve({ status: this.create, body: job });
  }
}

const namespaceIs =
  (outcomes: Readonly<Record<string, string>>) =>
  ({ metadata }: JobManifest): unknown =>
    ended({ outcome: outcomes[metadata.namespace] ?? 'timeout' });

async function run(
  cluster: FakeCluster,
  some: readonly Attack[],
  more: Partial<RunOptions> = {},
): Promise<readonly LiveResult[]> {
  const results = await runJobs(cluster, some, {
    image: 'lethe:1',
    run: 'r',
    timeout: 1,
    hostNetwork: false,
    parallel: 2,
    wait: () => Promise.resolve(),
    signal: new AbortController().signal,
    onResult: () => undefined,
    onLeftover: () => undefined,
    ...more,
  });
  assert.equal(cluster.jobs.size, cluster.remove === 200 ? 0 : cluster.jobs.size);
  return results;
}

describe('attacks as Jobs', () => {
  it('answer with the outcome and that of the control, and leave nothing behind', async () => {
    const cluster = new FakeCluster(namespaceIs({ kafka: 'refused', lethe: 'open' }));
    assert.deepEqual(await run(cluster, [rogue, spoof]), [
      { id: rogue.id, outcome: 'refused', control: 'open', reason: null },
      { id: spoof.id, outcome: 'open', control: null, reason: null },
    ]);
    assert.equal(cluster.removed.length, cluster.made.length);
  });

  it('share one control for one destination, and are a few at a time', async () => {
    const cluster = new FakeCluster(namespaceIs({ lethe: 'open' }));
    const many = attacks.filter(({ id }) => id.includes(':main/11:TCP/9093'));
    const results = await run(cluster, many, { parallel: 3 });
    assert.equal(results.length, many.length);
    const controls = cluster.made.filter(
      ({ metadata }) =>
        metadata.namespace === 'lethe' &&
        !/label-spoof|sidecar/.test(metadata.annotations['lethe/attack']!),
    );
    assert.equal(controls.length, 1);
    assert.ok(cluster.most <= 6, String(cluster.most));
  });

  it('wait for the answer, and give up in bounded time with what the pod waits for', async () => {
    const late = new FakeCluster((_, look) =>
      look < 5 ? { status: {} } : ended({ outcome: 'open' }),
    );
    assert.equal((await run(late, [foreign]))[0]?.outcome, 'open');
    const never = new FakeCluster(() => ({
      status: { containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] },
    }));
    let waits = 0;
    const wait = (): Promise<void> => {
      waits += 1;
      return Promise.resolve();
    };
    assert.deepEqual(await run(never, [foreign], { wait }), [
      {
        id: foreign.id,
        outcome: 'unsupported',
        control: null,
        reason: 'its pod waits: ImagePullBackOff',
      },
    ]);
    assert.ok(waits > 50 && waits < 1000);
  });

  it('are no proof where the pod failed, or ended without an answer', async () => {
    const reasonOf = async (pod: unknown): Promise<string> =>
      (await run(new FakeCluster(() => pod), [foreign]))[0]?.reason ?? '';
    assert.equal(await reasonOf({ status: { phase: 'Failed', message: 'evicted' } }), 'evicted');
    const terminated = { message: 'Segmentation fault', reason: 'Error' };
    const crashed = { status: { containerStatuses: [{ state: { terminated } }] } };
    assert.match(await reasonOf(crashed), /without an answer: Segmentation/);
    assert.match(await reasonOf(ended({ outcome: 'maybe' })), /without an answer/);
  });

  it('are not tried where nobody is there to attack, or the right is missing', async () => {
    const gone = new FakeCluster(() => ended({ outcome: 'open' }));
    gone.broker = { status: { phase: 'Pending' } };
    assert.match(
      (await run(gone, [foreign]))[0]?.reason ?? '',
      /no running pod of kafka with statefulset/,
    );
    assert.equal(gone.made.length, 0);
    const forbidden = new FakeCluster(() => undefined);
    forbidden.create = 403;
    const [refused] = await run(forbidden, [foreign]);
    assert.equal(refused?.outcome, 'unsupported');
    assert.match(
      refused.reason ?? '',
      /right to create jobs in namespace "intruder".*forbidden \(403\)/,
    );
    forbidden.create = 404;
    assert.match((await run(forbidden, [foreign]))[0]?.reason ?? '', /--attacker-namespace/);
  });

  it('are removed when the run is ended, and no more are made', async () => {
    const stop = new AbortController();
    const cluster = new FakeCluster(() => ({ status: {} }));
    const results = await run(cluster, [foreign, rogue, spoof], {
      parallel: 1,
      signal: stop.signal,
      wait: () => {
        stop.abort();
        return Promise.reject(new Error('aborted'));
      },
    });
    assert.deepEqual(
      results.map(({ id, reason }) => [id, reason]),
      [[foreign.id, 'the run was ended']],
    );
    assert.equal(cluster.made.length, 1);
    assert.equal(cluster.jobs.size, 0);
  });

  it('end where the cluster is lost, and what was made is removed', async () => {
    const cluster = new FakeCluster(() => ({ status: {} }));
    const lost = new Error('connection lost');
    const wait = (): Promise<void> => Promise.reject(lost);
    await assert.rejects(run(cluster, [foreign, rogue, spoof], { wait }), lost);
    assert.equal(cluster.jobs.size, 0);
    assert.ok(cluster.made.length <= 2);
  });

  it('that can not be removed are told', async () => {
    const cluster = new FakeCluster(namespaceIs({ intruder: 'open' }));
    cluster.remove = 500;
    const left: string[] = [];
    await run(cluster, [foreign], { onLeftover: (job) => left.push(job) });
    assert.deepEqual(left, [`intruder/${cluster.made[0]!.metadata.name}`]);
  });
});
