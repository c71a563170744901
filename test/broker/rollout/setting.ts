import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What load, service and judge are told. */
export const RAW = 'raw.orders';
export const PUBLIC = 'public.orders';
export const PARTITIONS = 6;
/** The topic of a route that comes later. */
export const LATE_RAW = 'raw.refunds';
export const LATE_PUBLIC = 'public.refunds';
/** The session timeout that the chart leaves in force, in milliseconds: how long the group waits for a member that vanished. */
export const SESSION = 45_000;

export const schema = JSON.stringify({
  type: 'record',
  name: 'Order',
  namespace: 'rollout',
  fields: [
    { name: 'sequence', type: 'long', lethe: 'public' },
    { name: 'person', type: 'string', lethe: 'PERSON' },
    { name: 'note', type: 'string', lethe: 'NOTE' },
  ],
});

/** One state of the configuration that an operator rolls out. */
export interface Release {
  readonly key: 'old' | 'new';
  readonly note: 'suppress' | 'keep';
  readonly late: boolean;
  /** A setting that running shards can't take: they are drained and started anew. */
  readonly maxAge: '20ms' | '25ms';
}

export const rulesOf = ({ note }: Release): object => ({
  unclassified: 'refuse',
  tags: {
    PERSON: { technique: 'pseudonymize', domain: 'person' },
    NOTE: { technique: note },
  },
});

/** The folder that a ConfigMap and a Secret would be mounted in. */
export class Mounted {
  readonly config: string;
  readonly #keys: string;
  readonly #servers: { readonly bootstrapServers: string; readonly registryUrl: string };

  constructor(
    folder: string,
    servers: { readonly bootstrapServers: string; readonly registryUrl: string },
  ) {
    this.config = join(folder, 'lethe.yaml');
    this.#keys = join(folder, 'keys');
    this.#servers = servers;
    mkdirSync(this.#keys, { mode: 0o700 });
  }

  addKey(version: Release['key']): Uint8Array {
    const root = randomBytes(32);
    const file = join(this.#keys, version);
    writeFileSync(`${file}.part`, root, { mode: 0o600 });
    renameSync(`${file}.part`, file);
    return root;
  }

  removeKey(version: Release['key']): void {
    rmSync(join(this.#keys, version));
  }

  release(release: Release): void {
    this.write(JSON.stringify(this.#configuration(release)));
  }

  /** Replaces the file as a whole, as a kubelet does. */
  write(text: string): void {
    writeFileSync(`${this.config}.part`, text);
    renameSync(`${this.config}.part`, this.config);
  }

  /** Membership of the group as the chart leaves it: session timeout and heartbeats have their defaults. */
  #configuration(release: Release): object {
    const { bootstrapServers, registryUrl } = this.#servers;
    const route = (name: string, from: string, to: string): object => ({
      name,
      from: { topic: from },
      to: { topic: to },
      key: { type: 'string', technique: 'pseudonymize', domain: 'person' },
      headers: { allow: ['sequence'] },
    });
    return {
      kafka: { main: { bootstrapServers: bootstrapServers.split(',') } },
      registry: { url: registryUrl },
      keys: { directory: this.#keys, current: release.key },
      rules: rulesOf(release),
      routes: [
        route('orders', RAW, PUBLIC),
        ...(release.late ? [route('refunds', LATE_RAW, LATE_PUBLIC)] : []),
      ],
      quarantine: { topic: 'lethe.quarantine', create: true },
      service: {
        groupId: 'rollout',
        instanceId: '${POD_NAME}',
        shards: 1,
        transaction: { maxAge: release.maxAge },
        http: { port: 0, host: '127.0.0.1' },
      },
    };
  }
}
