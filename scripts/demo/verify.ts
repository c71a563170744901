import { FramedReader } from '../../test/rig/avro.ts';
import { readTopic, type ReadRecord } from '../../test/rig/client.ts';
import type { Needles } from '../../test/rig/needles.ts';
import { topics } from './shop.ts';
import type { Ledger } from './traffic.ts';
import type { World } from './world.ts';

export interface Finding {
  readonly claim: string;
  readonly holds: boolean;
  readonly evidence: string;
}

/**
 * Reads everything on the open side once more with an outside client and checks three claims: nothing lost and nothing twice, nothing raw,
 * joins still work.
 *
 * @param said everything that the service wrote to its log and its metrics.
 */
export async function verify(
  world: World,
  ledger: Ledger,
  said: string,
): Promise<readonly Finding[]> {
  const search = new Search(ledger.secrets);
  const reader = new FramedReader(world.registryUrl);
  const customers = new Set<string>();
  const orders = new Map<string, number>();
  const findings: Finding[] = [];
  let quarantinedSeen = 0;
  for (const topic of topics) {
    const decoding: Promise<void>[] = [];
    const read = await readTopic(world.client, world.sanitized(topic), (records) => {
      for (const { key, value } of records) {
        if (value === null || (topic !== 'customers' && topic !== 'orders')) continue;
        const field = topic === 'customers' ? 'id' : 'customerId';
        decoding.push(
          reader.decode(value).then((decoded) => {
            const id = (decoded as Record<string, unknown>)[field] as string;
            if (id !== key?.toString()) search.mismatch();
            if (topic === 'customers') customers.add(id);
            else orders.set(id, (orders.get(id) ?? 0) + 1);
          }),
        );
      }
      search.records(records);
    });
    await Promise.all(decoding);
    const { sent, spoilt } = ledger;
    findings.push({
      claim: `${topic}: records in = records out + quarantined`,
      holds: sent[topic] === read + spoilt[topic],
      evidence: `${sent[topic]} = ${read} + ${spoilt[topic]}`,
    });
  }
  const spoilt = topics.reduce((sum, topic) => sum + ledger.spoilt[topic], 0);
  quarantinedSeen = await readTopic(world.client, world.quarantine, (records) =>
    search.records(records),
  );
  findings.push({
    claim: 'every spoilt record is in quarantine, by its coordinates',
    holds: quarantinedSeen === spoilt,
    evidence: `${quarantinedSeen} of ${spoilt}`,
  });
  search.text(said);
  findings.push({
    claim: 'no raw value in any sanitized record, quarantine record, log line or metric',
    holds: search.hits === 0,
    evidence: `${search.hits} hits for ${ledger.secrets.size} raw values in ${(search.bytes / 1e6).toFixed(1)} MB`,
  });
  findings.push(joins(ledger, customers, orders, search.mismatches));
  return findings;
}

/** Orders still find their customers, and each customer has as many orders as before, though nobody can tell who it is. */
function joins(
  ledger: Ledger,
  customers: ReadonlySet<string>,
  orders: ReadonlyMap<string, number>,
  mismatches: number,
): Finding {
  const shape = (counts: Iterable<number>): string => [...counts].sort((a, b) => a - b).join();
  const strangers = [...orders.keys()].filter((id) => !customers.has(id)).length;
  const rawStrangers = [...ledger.orders.keys()].filter((id) => !ledger.customers.has(id)).length;
  const holds =
    customers.size === ledger.customers.size &&
    strangers === rawStrangers &&
    mismatches === 0 &&
    shape(orders.values()) === shape(ledger.orders.values());
  return {
    claim: 'orders still join customers, in the same pattern as the raw ones',
    holds,
    evidence: `${orders.size} customers with orders, ${strangers} without a customer record (raw: ${rawStrangers}), ${customers.size} customers`,
  };
}

class Search {
  readonly #needles: Needles;
  hits = 0;
  bytes = 0;
  mismatches = 0;

  constructor(needles: Needles) {
    this.#needles = needles;
  }

  mismatch(): void {
    this.mismatches++;
  }

  records(records: readonly ReadRecord[]): void {
    for (const { key, value, headers } of records) {
      for (const part of [key, value]) if (part !== null) this.#look(part);
      for (const header of Object.values(headers).flat())
        if (header !== undefined) this.#look(Buffer.from(header));
    }
  }

  text(text: string): void {
    this.#look(Buffer.from(text));
  }

  #look(hay: Buffer): void {
    this.bytes += hay.length;
    if (this.#needles.find(hay) !== null) this.hits++;
  }
}
