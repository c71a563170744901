/** Orders that are produced, sanitized and consumed, and counted: none may be missing at the end, and none may be stolen. */
import { until } from '../../rig/ports.ts';
import type { Pod } from '../../rig/network-lab.ts';
import { send, type Running, type Word } from './errands.ts';
import { OPEN, RAW, type Stage } from './stage.ts';

export const RAW_TOPIC = 'raw.orders';
const OPEN_TOPIC = 'public.orders';

export class Orders {
  readonly #stage: Stage;
  readonly #members: Running[] = [];
  #produced = 0;
  /** Who holds the raw topic at present. */
  rawBroker = RAW;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get produced(): number {
    return this.#produced;
  }

  /** What the members of the consumer's group said. */
  get read(): readonly Word[] {
    return this.#members.flatMap(({ words }) => words);
  }

  /** Writes orders through the producer's pod. */
  async produce(count: number): Promise<void> {
    await this.flow({ count, pause: 0 }).ended();
    this.#produced += count;
  }

  /** Writes orders at a pace of `pause` ms until {@link Orders.flowed} ends it. */
  flow({ count = 100_000, pause }: { readonly count?: number; readonly pause: number }): Running {
    const { producer, bootstrap, registry } = this.#stage;
    return send(producer, {
      name: 'produce',
      bootstrap: bootstrap(this.rawBroker),
      registry: registry.url,
      topic: RAW_TOPIC,
      first: this.#produced,
      count,
      pause,
    });
  }

  /** Ends a flow and counts what it wrote. */
  async flowed(flow: Running): Promise<void> {
    this.#produced += (await flow.end()).filter(({ sent }) => sent !== undefined).length;
  }

  /** Starts a member of the consumer's group in the consumer's pod. */
  consume(): Running {
    const member = send(this.#stage.consumer, {
      name: 'consume',
      bootstrap: this.#stage.bootstrap(OPEN),
      topic: OPEN_TOPIC,
      group: 'lake',
    });
    this.#members.push(member);
    return member;
  }

  /** Waits until the group has read as many different records as were produced. */
  async consumed(): Promise<void> {
    const all = (): boolean => new Set(this.read.map(({ read }) => read)).size === this.#produced;
    await until(`${this.#produced} sanitized records`, all, { patience: 60_000 });
  }

  /** How many raw records somebody gets hold of. */
  async stolenBy(thief: Pod): Promise<number> {
    const words = await send(thief, {
      name: 'steal',
      bootstrap: this.#stage.bootstrap(this.rawBroker),
      topic: RAW_TOPIC,
    }).ended();
    return words.at(-1)?.stolen ?? -1;
  }
}
