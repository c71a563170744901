import { metricSum, type ServiceProcess } from '../../test/rig/service-process.ts';
import type { Follower } from './follower.ts';
import type { Moment } from './screen.ts';
import { topics, type TopicName } from './shop.ts';
import type { Traffic } from './traffic.ts';
import type { World } from './world.ts';

/** Puts together what is to be shown: own counts, and the service's metrics as Prometheus would read them. */
export class Observer {
  readonly #started = performance.now();
  readonly #history: { readonly at: number; readonly count: number }[] = [];

  async look(parts: {
    readonly world: World;
    readonly traffic: Traffic;
    readonly follower: Follower;
    readonly service: ServiceProcess;
  }): Promise<Moment> {
    const { world, traffic, follower, service } = parts;
    const at = performance.now();
    this.#history.push({ at, count: follower.total });
    while (this.#history.length > 20) this.#history.shift();
    const first = this.#history[0] ?? { at, count: 0 };
    const text = await service.metrics();
    const perTopic = (count: (topic: TopicName) => number): Record<TopicName, number> =>
      Object.fromEntries(topics.map((topic) => [topic, count(topic)])) as Record<TopicName, number>;
    const records = (route: TopicName, outcome: string): number =>
      metricSum(text, 'lethe_records_total', { route, outcome });
    return {
      seconds: (at - this.#started) / 1000,
      sent: { ...traffic.ledger.sent },
      received: { ...follower.received },
      quarantined: perTopic(
        (route) =>
          metricSum(text, 'lethe_records_total', { route }) -
          records(route, 'WRITTEN') -
          records(route, 'DROPPED'),
      ),
      lag: perTopic((topic) => metricSum(text, 'lethe_lag_records', { topic: world.raw(topic) })),
      rate: at === first.at ? 0 : ((follower.total - first.count) / (at - first.at)) * 1000,
      metricsUrl: await service.address(),
      pairs: [...follower.latest.values()],
    };
  }
}
