import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './ports.ts';
import { startWatched } from './process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

export interface ServiceProcess {
  readonly pid: number;
  readonly running: boolean;
  readonly exited: Promise<number>;
  /** Everything written to standard output and standard error so far. */
  output(): string;
  /** Waits until health and metrics are answered. @returns the address, as `http://127.0.0.1:4711`. */
  address(): Promise<string>;
  /** Waits until every shard has joined. */
  ready(patience?: number): Promise<void>;
  metrics(): Promise<string>;
  /** SIGTERM: drains. */
  stop(): Promise<number>;
  kill(): Promise<void>;
}

/** Starts `lethe run --config <file>` (or another command that serves) as a process of its own; the configuration should say `http: { port: 0 }`. */
export async function startService(options: {
  readonly config: string;
  readonly log: string;
  readonly command?: 'run' | 'audit';
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The program, when it isn't the source: the built one. */
  readonly main?: string;
  /** Words in front of the command, such as those that enter a network namespace. Nobody here can ask it for its health then. */
  readonly enter?: readonly string[];
}): Promise<ServiceProcess> {
  const { config, log, command = 'run', env = {}, args = [], main = MAIN, enter = [] } = options;
  const child = await startWatched({
    command: process.execPath,
    enter,
    args: [main, command, '--config', config, ...args],
    log,
    env,
  });
  const output = (): string => readFileSync(log, 'utf8');
  const address = async (): Promise<string> => {
    let port = 0;
    await until(
      'the service to listen',
      () => {
        port = Number(/"port":(\d+)[^\n]*"event":"http\.listening"/.exec(output())?.[1] ?? 0);
        if (port === 0 && !child.running) throw new Error(`The service ended:\n${tail(output())}`);
        return port !== 0;
      },
      { patience: 30_000, pause: 20 },
    );
    return `http://127.0.0.1:${port}`;
  };
  return {
    pid: child.pid,
    get running() {
      return child.running;
    },
    exited: child.exited,
    output,
    address,
    async ready(patience = 60_000) {
      const url = `${await address()}/readyz`;
      await until(
        'the service to be ready',
        async () => {
          if (!child.running) throw new Error(`The service ended:\n${tail(output())}`);
          return fetch(url).then(
            async (response) => {
              await response.arrayBuffer();
              return response.ok;
            },
            () => false,
          );
        },
        { patience, pause: 50 },
      );
    },
    metrics: async () => (await fetch(`${await address()}/metrics`)).text(),
    async stop() {
      await child.stop(40_000);
      return child.exited;
    },
    kill: () => child.kill(),
  };
}

/** Sum of a metric over all series whose labels hold every given value. */
export function metricSum(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue;
    if (Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
      sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

function tail(text: string): string {
  return text.trimEnd().split('\n').slice(-10).join('\n');
}
