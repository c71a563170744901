/**
 * The last scene: no policies, those of the chart alone, and both them and the fence of the brokers. Each step is the positive control of the next: what it
 * closes was open a moment before.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { execute, type Executed } from '../../rig/execute.ts';
import { until } from '../../rig/ports.ts';
import type { Target } from '../../rig/agent.ts';
import type { Place } from '../../rig/network-lab.ts';
import type { Orders } from './orders.ts';
import type { Release } from './release.ts';
import { OPEN, RAW, type Stage } from './stage.ts';

/** Who closes a way; nobody where it is declared. */
type Closing = 'the chart' | 'the fence' | 'nobody';

interface Way {
  readonly name: string;
  readonly from: Place;
  readonly target: Target;
  readonly closedBy: Closing;
}

const METRICS = 8080;
/** What no values name. */
const OTHER = 9404;

/** `scene` is asked when the tests run. `snapshot`: the placement of that moment. */
export function chartAlone(
  scene: () => { readonly stage: Stage; readonly orders: Orders; readonly snapshot: string },
): void {
  describe('with the policies of the chart', { timeout: 240_000 }, () => {
    let stage: Stage;
    let orders: Orders;
    let release: Release;
    let ways: readonly Way[];

    before(async () => {
      ({ stage, orders } = scene());
      release = await stage.release(true);
      ways = await laidOut(stage, orders.rawBroker);
      await stage.lab.enforced(() =>
        stage.lab.plane.kubectl(['delete', 'networkpolicy', '--all', '--all-namespaces']),
      );
    });

    /** Expects that exactly these have closed their ways. */
    async function expectClosed(...closed: readonly Closing[]): Promise<void> {
      const tried = await Promise.all(
        ways.map(async ({ name, from, target }) => {
          const outcome = await from.agent.connect(target);
          return `${name}: ${outcome === 'open' ? 'open' : 'closed'}`;
        }),
      );
      assert.deepEqual(
        tried,
        ways.map(
          ({ name, closedBy }) => `${name}: ${closed.includes(closedBy) ? 'closed' : 'open'}`,
        ),
      );
    }

    it('without any, strangers read raw records, and the probe of helm test fails', async () => {
      await expectClosed();
      for (const thief of [stage.stranger, stage.shop, stage.auditor])
        assert.equal(await orders.stolenBy(thief), orders.produced);
      const { code, out } = await probe(stage, release);
      assert.notEqual(code, 0);
      assert.match(out, /^not ok: \S+ \(\S+\) must not be reached: open$/m);
    });

    it('the namespace of the release is shut, the probe passes, and only a stranger elsewhere reads', async () => {
      await stage.lab.enforced(async () => {
        await stage.lab.plane.apply(release.policies);
        await stage.lab.plane.apply(release.probe.policies);
      });
      await expectClosed('the chart');
      const { code, out } = await probe(stage, release);
      assert.equal(code, 0, out);
      assert.match(out, /^ok: \S+:53 \(\S+\) must be reached: open$/m);
      for (const thief of [stage.stranger, stage.auditor])
        assert.equal(await orders.stolenBy(thief), 0);
      assert.equal(await orders.stolenBy(stage.shop), orders.produced);
    });

    it('with the fence of the brokers nobody reads who is not declared, and all is verified', async () => {
      const fence = stage.file('fence');
      const config = stage.file('lethe.yaml');
      const generated = await stage.lethe(
        ...['network', 'generate', '--config', config],
        ...['--snapshot', scene().snapshot, '-o', fence],
      );
      assert.equal(generated.code, 0, generated.err);
      await stage.lab.enforced(async () => {
        await stage.lab.plane.kubectl([
          ...['apply', '--server-side', '--validate=strict', '-f', `${fence}/kafka.yaml`],
        ]);
      });
      await expectClosed('the chart', 'the fence');
      for (const thief of [stage.stranger, stage.shop, stage.rogue])
        assert.equal(await orders.stolenBy(thief), 0);
      const { code, out, err } = await stage.lethe(
        ...['network', 'verify', '--config', config],
        ...['--cluster', '--kubeconfig', stage.lab.plane.kubeconfig],
      );
      assert.equal(code, 0, out + err);
    });

    it('over new connections raw records become sanitized ones, and Prometheus reads of it', async () => {
      await stage.startAnonymizer();
      await orders.produce(100);
      await orders.consumed();
      assert.ok(orders.read.every(({ leaks }) => leaks === false));
      await until('shards to have told their counts', async () => {
        const { out } = await scrape(stage.prometheus, stage.anonymizer.address);
        return /^lethe_records_total\{.*\} [1-9]/m.test(out);
      });
      assert.notEqual((await scrape(stage.consumer, stage.anonymizer.address)).code, 0);
    });
  });
}

/** Sees to it that somebody listens wherever somebody might go. */
async function laidOut(stage: Stage, rawBroker: number): Promise<readonly Way[]> {
  const { anonymizer, warden, auditor, stranger, prometheus, producer, consumer, shop } = stage;
  const { brokers, registryPod: registry, dns, apiServer } = stage;
  const world = await stage.lab.addHost('abroad');
  const listeners: readonly (readonly [Place, 'TCP' | 'UDP', number])[] = [
    [dns, 'TCP', 53],
    [dns, 'UDP', 53],
    [world, 'TCP', 443],
    [apiServer, 'TCP', 6443],
    [warden, 'TCP', METRICS],
    [auditor, 'TCP', METRICS],
    ...[brokers[RAW]!, registry, prometheus, consumer, stranger].map(
      (place) => [place, 'TCP', OTHER] as const,
    ),
  ];
  for (const [place, protocol, port] of listeners) await place.agent.listen(protocol, port);

  const names = new Map<Place, string>([
    [anonymizer, 'anonymizer'],
    [warden, 'warden'],
    [auditor, 'auditor'],
    [stranger, 'stranger'],
    [prometheus, 'prometheus'],
    [producer, 'producer'],
    [consumer, 'consumer'],
    [shop, 'shop'],
    ...brokers.map((broker, id) => [broker, `broker ${id}`] as const),
    [registry, 'registry'],
    [dns, 'dns'],
    [apiServer, 'API server'],
    [world, 'world'],
  ]);
  const way = (
    from: Place,
    to: Place,
    port: number,
    closedBy: Closing,
    { protocol = 'TCP', six = false }: { protocol?: Target['protocol']; six?: boolean } = {},
  ): Way => ({
    name: `${names.get(from) ?? ''} to ${names.get(to) ?? ''} ${six ? 'IPv6 ' : ''}${protocol} ${port}`,
    from,
    target: { protocol, host: six ? to.address6 : to.address, port },
    closedBy,
  });
  const nameService = (from: Place, closedBy: Closing): readonly Way[] => [
    way(from, dns, 53, closedBy),
    way(from, dns, 53, closedBy, { protocol: 'UDP' }),
  ];
  const outside = (from: Place): readonly Way[] => [
    way(from, world, 443, 'the chart'),
    way(from, world, 443, 'the chart', { six: true }),
  ];
  // By which it finds the others, and those that hold its topics.
  const needed = new Set([RAW, OPEN, rawBroker]);
  const pods = [brokers[RAW]!, registry, prometheus, consumer, stranger];
  return [
    ...brokers.map((broker, id) =>
      way(anonymizer, broker, 9092, needed.has(id) ? 'nobody' : 'the fence'),
    ),
    way(anonymizer, registry, 8081, 'nobody'),
    ...nameService(anonymizer, 'nobody'),
    ...pods.map((pod) => way(anonymizer, pod, OTHER, 'the chart')),
    way(anonymizer, apiServer, 6443, 'the chart'),
    way(anonymizer, warden, METRICS, 'the chart'),
    ...outside(anonymizer),
    ...brokers.map((broker) => way(warden, broker, 9092, 'nobody')),
    way(warden, apiServer, 6443, 'nobody'),
    ...nameService(warden, 'nobody'),
    way(warden, registry, 8081, 'the chart'),
    way(warden, anonymizer, METRICS, 'the chart'),
    ...outside(warden),
    // Sanitized records are its business, raw ones are not.
    ...brokers.map((broker, id) =>
      way(auditor, broker, 9092, id === OPEN ? 'nobody' : 'the chart'),
    ),
    way(auditor, registry, 8081, 'nobody'),
    ...nameService(auditor, 'nobody'),
    way(auditor, apiServer, 6443, 'the chart'),
    way(auditor, anonymizer, METRICS, 'the chart'),
    ...outside(auditor),
    ...brokers.map((broker) => way(stranger, broker, 9092, 'the chart')),
    way(stranger, registry, 8081, 'the chart'),
    ...nameService(stranger, 'the chart'),
    way(stranger, apiServer, 6443, 'the chart'),
    way(stranger, anonymizer, METRICS, 'the chart'),
    way(stranger, warden, METRICS, 'the chart'),
    ...outside(stranger),
    way(prometheus, anonymizer, METRICS, 'nobody'),
    way(prometheus, warden, METRICS, 'nobody'),
    way(prometheus, auditor, METRICS, 'nobody'),
    way(prometheus, stranger, OTHER, 'the chart'),
    way(consumer, anonymizer, METRICS, 'the chart'),
    way(consumer, warden, METRICS, 'the chart'),
    way(shop, anonymizer, METRICS, 'the chart'),
    ...brokers.map((broker) => way(shop, broker, 9092, 'the fence')),
    way(consumer, brokers[rawBroker]!, 9092, 'the fence'),
    way(producer, brokers[rawBroker]!, 9092, 'nobody'),
    way(consumer, brokers[OPEN]!, 9092, 'nobody'),
  ];
}

/** Runs what `helm test` would, in the pod that it makes: the same words, but for where files are. */
function probe({ probe: pod, file }: Stage, { probe: hook }: Release): Promise<Executed> {
  const folder = file('probe');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/probe.mjs`, hook.script);
  const command = hook.command.map((word) =>
    word === '/app/node' ? process.execPath : word.replace('/probe', folder),
  );
  return execute([...pod.enter, ...command]);
}

/** Reads the metrics as Prometheus does. */
function scrape({ enter }: Place, address: string): Promise<Executed> {
  const read = `process.stdout.write(await (await fetch(process.argv[1], { signal: AbortSignal.timeout(2000) })).text())`;
  const url = `http://${address}:${METRICS}/metrics`;
  return execute([...enter, process.execPath, '--input-type=module', '-e', read, url]);
}
