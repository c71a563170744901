/**
 * The product on a real Kubernetes of one node, made here and gone afterwards: a Kafka of three brokers, a registry, the chart, a rogue pod. Ends with 0
 * when every claim held.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { installClusterTools } from '../../test/rig/cluster-tools.ts';
import { installImageTools } from '../../test/rig/images/images.ts';
import { installRigs } from '../../test/rig/install.ts';
import { until } from '../../test/rig/ports.ts';
import {
  broker,
  OPEN,
  OPEN_TOPIC,
  orderSchema,
  RAW,
  RAW_TOPIC,
} from '../../test/rig/shop/places.ts';
import { openShop, type Shop } from '../../test/rig/shop/shop.ts';

const started = performance.now();
const say = (line: string): void => {
  const seconds = ((performance.now() - started) / 1000).toFixed(0).padStart(4);
  console.log(`${seconds} s  ${line}`);
};
/** All must be made, and hold. */
const CLAIMS = 7;
const claims: boolean[] = [];
const claim = (sentence: string, holds: boolean): void => {
  claims.push(holds);
  say(`${holds ? '✓' : '✗'} ${sentence}`);
};

await installRigs(say);
await installClusterTools(say);
await installImageTools(say);
const shop = await openShop(say);
const interrupted = (): void => {
  void shop.stop().finally(() => process.exit(130));
};
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
try {
  await show(shop);
} finally {
  say('taking everything down');
  await shop.stop();
}
const held = claims.length === CLAIMS && claims.every(Boolean);
say(held ? 'every claim held' : 'a claim did not hold');
process.exitCode = held ? 0 : 1;

async function show({ cluster, install, send, person, schemaId }: Shop): Promise<void> {
  say('pods around the service:');
  console.log(await cluster.kubectl(['get', 'pods', '-A', '-o', 'wide', '--no-headers']));

  say('helm install lethe, with both shields down');
  await install({ raised: false });
  const consumer = send('lake', {
    name: 'consume',
    servers: [broker(OPEN)],
    topic: OPEN_TOPIC,
    group: 'lake',
  });
  const producer = send('crm', {
    name: 'produce',
    servers: [broker(RAW)],
    topic: RAW_TOPIC,
    schema: orderSchema,
    schemaId,
    first: 0,
    count: 1_000_000,
    pause: 10,
  });
  await until('sanitized records', () => consumer.words.length >= 200);
  const clean = (): boolean => consumer.words.every(({ leaks }) => leaks === false);
  claim(`${consumer.words.length} sanitized records, none with a raw address in it`, clean());
  const before = await steal();
  claim(`a rogue pod reads ${before} raw records`, before > 0);

  say('helm upgrade: policies, warden and admission guard');
  await install({ raised: true });
  console.log(await cluster.kubectl(['get', 'networkpolicies', '-A', '--no-headers']));
  await until('the fence', async () => (await steal()) === 0);
  claim('the rogue pod reads none', (await steal()) === 0);
  const seen = consumer.words.length;
  await sleep(2000);
  claim(`${consumer.words.length - seen} more sanitized records meanwhile`, clean());

  const [victim = ''] = (
    await cluster.kubectl(['get', 'networkpolicies', '-n', 'kafka', '-o', 'name'])
  ).split('\n');
  await cluster.kubectl(['delete', victim, '-n', 'kafka']);
  const gone = performance.now();
  await until(
    'its return',
    async () => (await cluster.tryKubectl(['get', victim, '-n', 'kafka'])).code === 0,
    { pause: 10 },
  );
  const ms = (performance.now() - gone).toFixed(0);
  claim(`${victim} deleted, and seen again ${ms} ms after kubectl's answer`, true);

  await cluster.kubectl([
    'create',
    'clusterrolebinding',
    'mallory',
    '--clusterrole',
    'admin',
    '--user',
    'mallory',
  ]);
  const labels = {
    'app.kubernetes.io/name': 'lethe',
    'app.kubernetes.io/instance': 'lethe',
    'app.kubernetes.io/component': 'anonymizer',
  };
  const spoof = person({ name: 'spoof', namespace: 'lethe', labels });
  const { code, err } = await cluster.tryKubectl(
    ['create', '-f', '-', '--as', 'mallory'],
    JSON.stringify(spoof),
  );
  claim("a developer's pod with the anonymizer's labels is refused", code !== 0);
  console.log(err.trim());

  say('helm test');
  await cluster.helm(['test', 'lethe', '--namespace', 'lethe']);
  console.log(await cluster.kubectl(['logs', 'lethe-probe', '-n', 'lethe']));

  say('a rolling upgrade to three instances and a new key');
  await install({ raised: true, replicas: 3, version: '2', currentKey: 'v2' });
  await producer.end();
  const raw = await shop.orders(RAW_TOPIC);
  const total = [...raw.values()].flat().length;
  await until(
    'the last sanitized record',
    () => new Set(consumer.words.map(({ read }) => read)).size >= total,
  );
  await consumer.end();
  const open = await shop.orders(OPEN_TOPIC);
  const same = [...raw].every(([partition, ids]) => String(open.get(partition)) === String(ids));
  claim(`${total} raw records, each sanitized once and in its place`, same);
}

/** How many raw records the rogue gets hold of. */
async function steal(): Promise<number> {
  const words = await shop
    .send('rogue', { name: 'steal', servers: [broker(RAW)], topic: RAW_TOPIC, patience: 3000 })
    .ended();
  return words.at(-1)?.stolen ?? -1;
}
