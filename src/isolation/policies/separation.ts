/** Where partitions should go so that raw ones have brokers of their own: as few moves as the balance allows, every replication factor kept. */
import type { ClusterSnapshot } from '../topology/snapshot.ts';
import type { PartitionMove } from './reassignment.ts';

/** What a topic asks of brokers: `either` stays where it is. */
export type Side = 'raw' | 'open' | 'either';

export type Separation =
  | {
      readonly kind: 'separated';
      /** Node ids, sorted. */
      readonly raw: readonly number[];
      readonly open: readonly number[];
      /** Partitions that change, sorted by topic and partition. */
      readonly moves: readonly PartitionMove[];
    }
  | {
      readonly kind: 'impossible';
      readonly brokers: number;
      /** Brokers that each side needs for its largest replication factor. */
      readonly raw: number;
      readonly open: number;
    };

interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly side: 'raw' | 'open';
  /** As it is now, or will be when a reassignment that runs is done. */
  readonly replicas: readonly number[];
}

/** Separates one cluster. Load is counted in replicas, as nothing else is known of it. */
export function separate(cluster: ClusterSnapshot, sideOf: (topic: string) => Side): Separation {
  const partitions = partitionsOf(cluster, sideOf);
  const brokers = cluster.brokers.map(({ id }) => id).toSorted((a, b) => a - b);
  const own = (side: Partition['side']): readonly Partition[] =>
    partitions.filter((partition) => partition.side === side);
  const [raw, open] = [own('raw'), own('open')];
  const [rawNeed, openNeed] = [need(raw), need(open)];
  if (rawNeed + openNeed > brokers.length)
    return { kind: 'impossible', brokers: brokers.length, raw: rawNeed, open: openNeed };
  const wished = Math.round((brokers.length * weight(raw)) / Math.max(1, weight(partitions)));
  const size = Math.min(Math.max(wished, rawNeed), brokers.length - openNeed);
  const lean = leaning(partitions);
  // Those that hold most raw and least open replicas become raw: no other choice of this size moves less.
  const ranked = brokers.toSorted((a, b) => (lean.get(b) ?? 0) - (lean.get(a) ?? 0) || a - b);
  const chosen = { raw: ranked.slice(0, size), open: ranked.slice(size) };
  const moves = [...placed(raw, chosen.raw), ...placed(open, chosen.open)];
  return {
    kind: 'separated',
    raw: chosen.raw.toSorted((a, b) => a - b),
    open: chosen.open.toSorted((a, b) => a - b),
    moves: moves.toSorted(
      (a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0) || a.partition - b.partition,
    ),
  };
}

function partitionsOf(
  { topics }: ClusterSnapshot,
  sideOf: (topic: string) => Side,
): readonly Partition[] {
  return topics
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, partitions }) => {
      const side = sideOf(name);
      if (side === 'either') return [];
      return partitions
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ partition, replicas, removing }) => ({
          topic: name,
          partition,
          side,
          replicas: replicas.filter((id) => !removing.includes(id)),
        }));
    });
}

const need = (partitions: readonly Partition[]): number =>
  partitions.reduce((most, { replicas }) => Math.max(most, replicas.length), 0);

const weight = (partitions: readonly Partition[]): number =>
  partitions.reduce((sum, { replicas }) => sum + replicas.length, 0);

/** Raw replicas of each broker, less its open ones. */
function leaning(partitions: readonly Partition[]): ReadonlyMap<number, number> {
  const lean = new Map<number, number>();
  for (const { side, replicas } of partitions)
    for (const id of replicas) lean.set(id, (lean.get(id) ?? 0) + (side === 'raw' ? 1 : -1));
  return lean;
}

/** New replica lists on these brokers, only of partitions that change. */
function placed(
  partitions: readonly Partition[],
  brokers: readonly number[],
): readonly PartitionMove[] {
  const held = new Map(brokers.map((id) => [id, 0]));
  const count = (id: number, by: number): void => void held.set(id, (held.get(id) ?? 0) + by);
  const least = (without: readonly number[]): number | undefined =>
    brokers
      .filter((id) => !without.includes(id))
      .toSorted((a, b) => (held.get(a) ?? 0) - (held.get(b) ?? 0) || a - b)[0];
  const targets = partitions.map((partition) => {
    const kept = partition.replicas.filter((id) => held.has(id));
    for (const id of kept) count(id, 1);
    return { partition, replicas: [...kept] };
  });
  for (const { partition, replicas } of targets)
    while (replicas.length < partition.replicas.length) {
      const id = least(replicas);
      if (id === undefined) break;
      replicas.push(id);
      count(id, 1);
    }
  level(targets, held);
  return led(targets).filter(({ topic, partition, replicas }) => {
    const now = partitions.find((one) => one.topic === topic && one.partition === partition);
    return now?.replicas.join() !== replicas.join();
  });
}

/**
 * Moves replicas from the fullest broker to the emptiest until they differ by one at most. The fullest one always holds a partition that
 * the emptiest does not, since it holds more of them.
 */
function level(
  targets: readonly { readonly replicas: number[] }[],
  held: Map<number, number>,
): void {
  for (;;) {
    const ranked = [...held].toSorted(([a, x], [b, y]) => x - y || a - b);
    const [[to, low] = [0, 0], [from, high] = [0, 0]] = [ranked[0], ranked.at(-1)];
    if (high - low <= 1) return;
    const target = targets.find(
      ({ replicas }) => replicas.includes(from) && !replicas.includes(to),
    );
    if (target === undefined) return;
    target.replicas[target.replicas.indexOf(from)] = to;
    held.set(from, high - 1);
    held.set(to, low + 1);
  }
}

/** Preferred leaders: the old one where it stays, else the replica that leads least. */
function led(
  targets: readonly { readonly partition: Partition; readonly replicas: readonly number[] }[],
): readonly PartitionMove[] {
  const leads = new Map<number, number>();
  const lead = (id: number | undefined): void => {
    if (id !== undefined) leads.set(id, (leads.get(id) ?? 0) + 1);
  };
  const stays = ({ partition, replicas }: (typeof targets)[number]): boolean =>
    partition.replicas[0] === replicas[0];
  for (const target of targets) if (stays(target)) lead(target.replicas[0]);
  return targets.map((target) => {
    const { topic, partition } = target.partition;
    if (stays(target)) return { topic, partition, replicas: target.replicas };
    const [first] = target.replicas.toSorted(
      (a, b) => (leads.get(a) ?? 0) - (leads.get(b) ?? 0) || a - b,
    );
    lead(first);
    const rest = target.replicas.filter((id) => id !== first);
    return { topic, partition, replicas: first === undefined ? rest : [first, ...rest] };
  });
}
