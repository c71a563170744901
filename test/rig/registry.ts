/** A real schema registry (Apicurio, through its Confluent API) on loopback, with its schemas in a file so that they outlive a restart. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installRegistry } from './install.ts';
import type { BrokerPlace } from './kafka.ts';
import { freePorts, until } from './ports.ts';
import { startWatched, type WatchedProcess } from './process.ts';
import { scratch } from './scratch.ts';

export interface Registry {
  /** Root of the Confluent API: `<url>/subjects`. */
  readonly url: string;
  readonly log: string;
  readonly running: boolean;
  readonly pid: number;
  /** SIGKILL; schemas stay for {@link Registry.start}. */
  kill(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Registers a schema. @returns its id. */
  register(subject: string, schema: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the registry and waits until it answers: about ten seconds. `place`: elsewhere than on loopback, at port 8081. */
export async function startRegistry({
  place,
}: { readonly place?: BrokerPlace } = {}): Promise<Registry> {
  const jar = await installRegistry();
  const folder = scratch('registry');
  const log = join(folder.path, 'log');
  const [port = 0] = place === undefined ? await freePorts(1) : [8081];
  const host = place?.host ?? '127.0.0.1';
  const url = `http://${host}:${port}/apis/ccompat/v7`;
  let server: WatchedProcess | null = null;

  const start = async (): Promise<void> => {
    if (server?.running === true) return;
    server = await startWatched({
      command: 'java',
      enter: place?.enter ?? [],
      args: [
        ...['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
        ...[`-Dquarkus.http.host=${host}`, `-Dquarkus.http.port=${port}`],
        ...['-Dapicurio.storage.kind=sql', '-Dapicurio.storage.sql.kind=h2'],
        `-Dapicurio.datasource.url=jdbc:h2:file:${join(folder.path, 'schemas')};WRITE_DELAY=0`,
        '-Dapicurio.ccompat.legacy-id-mode.enabled=false',
        ...['-jar', jar],
      ],
      log,
      cwd: folder.path,
    });
    const own = server;
    await until('the registry to answer', async () => {
      if (!own.running) {
        const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
        throw new Error(`The registry ended while starting:\n${lines}`);
      }
      return place === undefined ? answers(`${url}/subjects`) : place.listens(port);
    });
  };

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  async function stop(): Promise<void> {
    await server?.kill();
    folder.remove();
  }
  return {
    url,
    log,
    get running() {
      return server?.running === true;
    },
    get pid() {
      return server?.pid ?? -1;
    },
    start,
    stop,
    kill: async () => server?.kill(),
    async restart() {
      await server?.stop();
      await start();
    },
    register: (subject, schema) => register(url, subject, schema),
  };
}

/** Registers an Avro schema at any registry with the Confluent API. @returns its id. */
export async function register(url: string, subject: string, schema: string): Promise<number> {
  const response = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema, schemaType: 'AVRO' }),
  });
  if (!response.ok) throw new Error(`Cannot register ${subject}: HTTP ${response.status}`);
  return ((await response.json()) as { id: number }).id;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
