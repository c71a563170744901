/** The demo: a real Kafka, a made-up web shop, and what is left of its customers behind lethe. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKey } from '../../src/anonymization/crypto/key-directory.ts';
import { until } from '../../test/rig/ports.ts';
import { scratch } from '../../test/rig/scratch.ts';
import { startService, type ServiceProcess } from '../../test/rig/service-process.ts';
import { Follower } from './follower.ts';
import { Observer } from './observe.ts';
import { parseOptions, usage, type DemoOptions } from './options.ts';
import { renderPlans } from './plans.ts';
import { Screen } from './screen.ts';
import { topics } from './shop.ts';
import { Traffic } from './traffic.ts';
import { verify } from './verify.ts';
import { openWorld, type World } from './world.ts';

const CONFIG = join(import.meta.dirname, '..', '..', 'schemas', 'demo.lethe.yaml');
/** A minute without a record, a look each quarter of a second: the summary then says what is missing. */
const STILL_LOOKS = 240;
const screen = new Screen(process.stdout);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The second one doesn't wait; whatever runs ends with this process.
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === null) console.log(usage);
  else process.exitCode = await demo(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function demo(options: DemoOptions): Promise<number> {
  const files = scratch('demo');
  const world = await openWorld(options, (line) => screen.say(line));
  let service: ServiceProcess | null = null;
  try {
    if (stop.signal.aborted) return 130;
    const env = {
      LETHE_DEMO_BROKER: world.bootstrapServers.split(',')[0] ?? '',
      LETHE_DEMO_REGISTRY: world.registryUrl,
      LETHE_DEMO_KEYS: join(files.path, 'keys'),
      LETHE_DEMO_PREFIX: world.prefix,
    };
    await createKey(env.LETHE_DEMO_KEYS, '1');
    screen.say(`\n${renderPlans(CONFIG, env, world)}`);
    service = await startService({ config: CONFIG, log: join(files.path, 'log'), env });
    await service.ready();
    screen.say(`lethe runs, metrics at ${await service.address()}/metrics`);
    return await flow(options, world, service);
  } finally {
    await service?.stop();
    await world.close();
    files.remove();
  }
}

/** Lets records flow until all have arrived, or until Ctrl-C. */
async function flow(options: DemoOptions, world: World, service: ServiceProcess): Promise<number> {
  const traffic = new Traffic(world, options.seed, options.records !== null);
  const follower = new Follower(world, traffic.ledger);
  const observer = new Observer();
  const show = async (): Promise<void> => {
    screen.show(await observer.look({ world, traffic, follower, service }));
  };
  await sanitizedTopics(world);
  await follower.start();
  try {
    const sending = traffic.run(options.records, options.rate, stop.signal);
    sending.catch(() => stop.abort());
    let last = -1;
    let still = 0;
    while (!stop.signal.aborted && !(traffic.ended && follower.total >= traffic.ledgerTotal())) {
      await show();
      await sleep(250);
      still = traffic.ended && last === follower.total ? still + 1 : 0;
      last = follower.total;
      if (!service.running) throw new Error(`lethe has ended:\n${service.output()}`);
      if (still > STILL_LOOKS) break;
    }
    await sending;
    await show();
    screen.end();
  } finally {
    await follower.stop();
  }
  if (options.records === null || stop.signal.aborted) {
    screen.say('\nstopped; removing everything');
    return options.records === null ? 0 : 130;
  }
  return summarize(world, traffic, service);
}

async function summarize(world: World, traffic: Traffic, service: ServiceProcess): Promise<number> {
  const metrics = await service.metrics();
  const code = await service.stop();
  const findings = await verify(world, traffic.ledger, service.output() + metrics);
  const all = [
    ...findings,
    { claim: 'lethe drained and ended in order', holds: code === 0, evidence: `exit code ${code}` },
  ];
  screen.say(`\nverified summary of ${traffic.total} records`);
  for (const { claim, holds, evidence } of all)
    screen.say(`  ${holds ? 'holds ' : 'BROKEN'}  ${claim}: ${evidence}`);
  return all.every(({ holds }) => holds) ? 0 : 1;
}

/** The service makes them when it finds them missing. */
async function sanitizedTopics(world: World): Promise<void> {
  const admin = world.client.admin();
  await admin.connect();
  await until('the sanitized topics', async () => {
    const names = new Set(await admin.listTopics());
    return topics.every((topic) => names.has(world.sanitized(topic)));
  });
  await admin.disconnect();
}
