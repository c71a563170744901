import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../rig/ports.ts';
import { startService, type ServiceProcess } from '../../rig/service-process.ts';

/**
 * What a StatefulSet of the chart does with its pods, done with processes: names that stay, `Parallel` scaling, and updates from the highest
 * ordinal down, each after the one before is ready.
 */
export class StatefulSet implements AsyncDisposable {
  readonly #options: {
    readonly config: string;
    readonly folder: string;
    readonly main: string;
  };
  readonly #pods: { readonly name: string; readonly process: ServiceProcess }[] = [];
  readonly #logs: string[] = [];

  constructor(options: {
    readonly config: string;
    readonly folder: string;
    readonly main: string;
  }) {
    this.#options = options;
  }

  async scale(replicas: number): Promise<void> {
    await Promise.all(this.#pods.splice(replicas).map(({ process }) => stopped(process)));
    while (this.#pods.length < replicas) this.#pods.push(await this.#begin(this.#pods.length));
    await Promise.all(this.#pods.map(({ process }) => process.ready()));
  }

  /** Replaces every pod under its name. */
  async roll(): Promise<void> {
    for (let ordinal = this.#pods.length - 1; ordinal >= 0; ordinal--) {
      await stopped(this.#pods[ordinal]!.process);
      const pod = await this.#begin(ordinal);
      this.#pods[ordinal] = pod;
      await pod.process.ready();
    }
  }

  /** Log lines of a name in each pod that runs now. */
  told(event: string): readonly (readonly Readonly<Record<string, unknown>>[])[] {
    return this.#pods.map(({ process }) => linesOf(process.output(), event));
  }

  /** Waits until each pod has told this one time more than at `since`. */
  async tells(event: string, since: readonly (readonly unknown[])[]): Promise<void> {
    await until(`every pod to say ${event}`, () =>
      this.told(event).every((lines, ordinal) => lines.length > (since[ordinal]?.length ?? 0)),
    ).catch((error: unknown) => {
      throw new Error(this.tail(), { cause: error });
    });
  }

  /** Lines of a name in the logs of all pods that ever were. */
  everTold(event: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#logs.flatMap((log) => linesOf(readFileSync(log, 'utf8'), event));
  }

  tail(): string {
    return this.#pods
      .map(({ name, process }) => {
        const lines = process.output().trimEnd().split('\n').slice(-8);
        return `${name}:\n${lines.join('\n')}`;
      })
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pods.map(({ process }) => process.kill()));
  }

  async #begin(ordinal: number): Promise<{ name: string; process: ServiceProcess }> {
    const { config, folder, main } = this.#options;
    const name = `lethe-${ordinal}`;
    const log = join(folder, `${name}-${this.#logs.length}.log`);
    this.#logs.push(log);
    return { name, process: await startService({ config, log, main, env: { POD_NAME: name } }) };
  }
}

async function stopped(process: ServiceProcess): Promise<void> {
  assert.equal(await process.stop(), 0, process.output().slice(-3000));
}

function linesOf(output: string, event: string): readonly Readonly<Record<string, unknown>>[] {
  return output
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}
