import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

/** What both the service and the judge are told. */
export const RAW = 'raw.visits';
export const PUBLIC = 'public.visits';
export const PARTITIONS = 6;

export const schema = JSON.stringify({
  type: 'record',
  name: 'Visit',
  namespace: 'exact',
  fields: [
    { name: 'sequence', type: 'long', lethe: 'public' },
    { name: 'person', type: 'string', lethe: 'PERSON' },
    { name: 'email', type: ['null', 'string'], default: null, lethe: 'EMAIL' },
    { name: 'pages', type: { type: 'array', items: 'string' }, lethe: 'public' },
    { name: 'bornOn', type: { type: 'int', logicalType: 'date' }, lethe: 'BIRTH' },
  ],
});

export const rules = {
  unclassified: 'refuse',
  tags: {
    PERSON: { technique: 'pseudonymize', domain: 'person' },
    EMAIL: { technique: 'pseudonymize', domain: 'email', output: 'email' },
    BIRTH: { technique: 'truncate-date', unit: 'year' },
  },
};

/** Makes the key directory. @returns the root key, for the judge's own anonymizer. */
export function makeKeys(directory: string): Uint8Array {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const root = randomBytes(32);
  writeFileSync(join(directory, '1'), root, { mode: 0o600 });
  return root;
}

/**
 * A service that makes many small transactions, so that a kill meets one in every state.
 *
 * @param instanceId for static membership; null joins as a dynamic member.
 */
export function configuration(options: {
  readonly bootstrapServers: string;
  readonly registryUrl: string;
  readonly keys: string;
  readonly instanceId: string | null;
}): string {
  return JSON.stringify({
    kafka: {
      main: { bootstrapServers: options.bootstrapServers.split(','), requestTimeout: '10s' },
    },
    registry: { url: options.registryUrl },
    keys: { directory: options.keys, current: '1' },
    rules,
    routes: [
      {
        name: 'visits',
        from: { topic: RAW },
        to: { topic: PUBLIC },
        key: { type: 'string', technique: 'pseudonymize', domain: 'person' },
        headers: { allow: ['sequence'] },
      },
    ],
    quarantine: { topic: 'lethe.quarantine', create: true },
    service: {
      groupId: 'exactly-once',
      ...(options.instanceId === null ? {} : { instanceId: options.instanceId }),
      shards: 2,
      sessionTimeout: '4s',
      rebalanceTimeout: '10s',
      heartbeatInterval: '500ms',
      transaction: { maxAge: '20ms', timeout: '10s' },
      limits: { fetchBytes: '128KiB', partitionFetchBytes: '32KiB' },
      http: { port: 0, host: '127.0.0.1' },
    },
  });
}
