import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Stop and verify after so many records; null runs until Ctrl-C. */
  readonly records: number | null;
  /** Records a second; null for as fast as it goes. */
  readonly rate: number | null;
  readonly seed: number;
  /** An existing Kafka, or null for one of our own. */
  readonly brokers: string | null;
  readonly registryUrl: string | null;
}

export const usage = `npm run demo -- [options]

Starts a real Kafka and a schema registry, fills raw topics of a web shop, runs lethe,
and shows raw beside sanitized records as they flow.

  --records <n>   end by itself after n records, with a verified summary
  --rate <n>      records a second (default 200; with --records as fast as it goes)
  --seed <n>      another shop (default 1)
  --help

KAFKA_BROKERS and SCHEMA_REGISTRY_URL make it use existing ones; topics then get a prefix
of their own and are deleted at the end.
`;

/** @returns null when help was asked for. @throws Error for words that it doesn't know. */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DemoOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const records = values.records === undefined ? null : whole('records', values.records);
  const rate =
    values.rate === undefined ? (records === null ? 200 : null) : whole('rate', values.rate);
  return {
    records,
    rate,
    seed: whole('seed', values.seed),
    brokers: filled(env['KAFKA_BROKERS']),
    registryUrl: filled(env['SCHEMA_REGISTRY_URL']),
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`Write a whole number above zero after --${name}`);
  return value;
}

function filled(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
