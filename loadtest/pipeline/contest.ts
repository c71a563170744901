import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWatched } from '../../test/rig/process.ts';
import { peakMegabytes, processorSeconds } from './process-usage.ts';
import { RAW, type Stage } from './stage.ts';

const here = (...parts: readonly string[]): string => join(import.meta.dirname, ...parts);
/** What is measured is what is shipped. */
export const BUILT = here('..', '..', 'dist', 'main.js');

export const contenders = {
  'lethe, 1 shard': { main: BUILT, shards: 1 },
  'lethe, 2 shards': { main: BUILT, shards: 2 },
  'copy mode, 1 shard': { main: here('copy-main.ts'), shards: 1 },
  kafkajs: { main: here('..', 'peers', 'kafkajs.ts'), shards: 1 },
} as const;

export type Contender = keyof typeof contenders;

export interface Run {
  readonly contender: Contender;
  readonly recordsPerCpuSecond: number;
  readonly recordsPerSecond: number;
  readonly peakMegabytes: number;
}

/** Share of the records that is not counted. */
const WARM_UP = 0.1;

let number = 0;

/**
 * One contender empties the raw topic from a process of its own. What counts is seen from outside: committed offsets of its group, processor
 * time and memory of its process. The clock starts when a tenth is through, so start-up and compilers warming up are nobody's burden.
 */
export async function contest(stage: Stage, contender: Contender, total: number): Promise<Run> {
  const { main, shards } = contenders[contender];
  const name = `run-${++number}`;
  const to = `public.${name}`;
  await stage.createTopic(to);
  const config = stage.configure({ name, from: RAW, to, shards });
  const child = await startWatched({
    command: process.execPath,
    args: [main, 'run', '--config', config],
    log: join(stage.folder, `${name}.log`),
  });
  const admin = stage.client.admin();
  await admin.connect();
  try {
    const progress = async (): Promise<number> => {
      // The coordinator of a new group is still loading when it is asked for the first time.
      const [topic] = await admin
        .fetchOffsets({ groupId: name, topics: [RAW] })
        .catch(() => [{ partitions: [] }]);
      const offsets = topic?.partitions ?? [];
      return offsets.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    };
    const moment = async () => ({
      done: await progress(),
      at: performance.now(),
      cpu: processorSeconds(child.pid),
    });
    const patience = performance.now() + 120_000;
    let first = await moment();
    let last = first;
    while (last.done < total) {
      if (!child.running) throw new Error(`${contender} ended by itself, see ${name}.log`);
      if (performance.now() > patience) throw new Error(`${contender} stands still`);
      await sleep(20);
      last = await moment();
      if (first.done < total * WARM_UP) first = last;
    }
    const records = last.done - first.done;
    return {
      contender,
      recordsPerCpuSecond: records / (last.cpu - first.cpu),
      recordsPerSecond: (records / (last.at - first.at)) * 1000,
      peakMegabytes: peakMegabytes(child.pid),
    };
  } finally {
    await child.kill();
    await admin.disconnect();
    await stage.deleteTopic(to);
  }
}
