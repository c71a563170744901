/** What a Kafka client in a pod can be sent to do, and how it is sent. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Place } from '../../rig/network-lab.ts';

/** Replicas by partition, the preferred leader first, by topic. */
type Assignment = Readonly<Record<string, readonly (readonly number[])[]>>;

interface At {
  readonly bootstrap: string;
}

export type Errand =
  | (At & {
      readonly name: 'produce';
      readonly registry: string;
      readonly topic: string;
      readonly first: number;
      readonly count: number;
      /** ms between records. */
      readonly pause: number;
    })
  | (At & { readonly name: 'consume'; readonly topic: string; readonly group: string })
  | (At & { readonly name: 'steal'; readonly topic: string })
  | (At & { readonly name: 'create'; readonly topics: Assignment })
  | (At & { readonly name: 'move'; readonly topics: Assignment });

/** What no sanitized record may hold. */
export const CANARY = 'canary';

export const orderSchema = JSON.stringify({
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long', lethe: 'public' },
    { name: 'email', type: 'string', 'confluent:tags': ['PII'] },
    { name: 'amount', type: 'long', lethe: 'public' },
  ],
});

/** One line that an errand said, and when it was heard (ms, monotonic). */
export interface Word {
  readonly at: number;
  readonly sent?: number;
  /** As `partition/offset`. */
  readonly read?: string;
  readonly leaks?: boolean;
  readonly stolen?: number;
  readonly failed?: string;
  readonly done?: number | boolean;
}

export interface Running {
  readonly words: readonly Word[];
  /** Ends its input and waits. @returns everything that it said. */
  end(): Promise<readonly Word[]>;
  /** Waits until it ends by itself. */
  ended(): Promise<readonly Word[]>;
}

const SCRIPT = join(import.meta.dirname, 'errand.ts');
const running = new Set<ChildProcess>();

/** Starts a client in a pod. Its input is a pipe from here, so that it does not outlive this process. */
export function send(place: Place, errand: Errand): Running {
  const [command, ...rest] = place.enter;
  const child = spawn(command, [...rest, process.execPath, SCRIPT, JSON.stringify(errand)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const words: Word[] = [];
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  createInterface({ input: child.stdout }).on('line', (line) => {
    words.push({ ...(JSON.parse(line) as object), at: performance.now() });
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ended = async (): Promise<readonly Word[]> => {
    const [code] = await closed;
    running.delete(child);
    if (code !== 0)
      throw new Error(
        `The errand "${errand.name}" ended with ${code ?? 'a signal'}:\n${Buffer.concat(complaints).toString().slice(-2000)}`,
      );
    return words;
  };
  return {
    words,
    ended,
    end() {
      child.stdin.end();
      return ended();
    },
  };
}

/** Kills what is still on its way. */
export async function recall(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }),
  );
  running.clear();
}
