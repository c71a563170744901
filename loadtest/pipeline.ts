/**
 * The whole pipeline on a real broker, in interleaved rounds: the service with one and with two shards, its own copy mode, and the program that
 * a user of kafkajs would write. Figures are records per second of the client's processor time, so that a shared machine blurs them little.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { contenders, contest, type Contender, type Run } from './pipeline/contest.ts';
import { latency } from './pipeline/latency.ts';
import { fill, openStage } from './pipeline/stage.ts';
import type { Report } from './report.ts';

const LATENCY_RATE = 5000;

export async function run(args: readonly string[]): Promise<Report> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string', default: '2000000' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '12' },
    },
  });
  const records = Number(values.records);
  const rounds = Number(values.rounds);
  execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  const stage = await openStage();
  try {
    await fill(stage, records);
    const runs: Run[] = [];
    for (let round = 0; round < rounds; round++)
      for (const contender of Object.keys(contenders) as Contender[]) {
        const one = await contest(stage, contender, records);
        console.error(
          `round ${round + 1}, ${contender}: ${Math.round(one.recordsPerCpuSecond)} records/CPU-s`,
        );
        runs.push(one);
      }
    const paced = await latency(stage, LATENCY_RATE, Number(values.seconds));
    const of = (contender: Contender): readonly Run[] =>
      runs.filter((one) => one.contender === contender);
    const cpu = (contender: Contender): number =>
      median(of(contender).map((one) => one.recordsPerCpuSecond));
    const wall = (contender: Contender): number =>
      median(of(contender).map((one) => one.recordsPerSecond));
    const peak = (contender: Contender): number =>
      Math.max(...of(contender).map((one) => one.peakMegabytes));
    const ratio = (claim: string, measured: number, wanted: number) => ({
      claim,
      measured,
      wanted,
      holds: measured >= wanted,
    });
    return {
      name: 'pipeline',
      title: 'The whole pipeline on a real broker',
      rows: (Object.keys(contenders) as Contender[]).map((contender) => ({
        contender,
        'records/CPU-s (median)': Math.round(cpu(contender)),
        'rounds, k/CPU-s': of(contender)
          .map((one) => Math.round(one.recordsPerCpuSecond / 1000))
          .join(', '),
        'records/s (median)': Math.round(wall(contender)),
        'peak MB': Math.round(peak(contender)),
      })),
      claims: [
        ratio('one shard / kafkajs, per CPU-second', cpu('lethe, 1 shard') / cpu('kafkajs'), 5),
        ratio(
          'one shard / own copy mode, per CPU-second',
          cpu('lethe, 1 shard') / cpu('copy mode, 1 shard'),
          0.45,
        ),
        ratio(
          'two shards / one, per second',
          wall('lethe, 2 shards') / wall('lethe, 1 shard'),
          1.6,
        ),
        ratio('20 ms / added latency p50', 20 / (paced.sanitized[0] - paced.raw[0]), 1),
        ratio('300 MB / peak memory of a shard', 300 / peak('lethe, 1 shard'), 1),
      ],
      notes: [
        `${records} records of 12 fields, 6 of them pseudonymized, uncompressed, ${rounds} interleaved rounds, medians`,
        'The broker and all contenders share the processors; two shards need two that are free, so that figure is a lower bound elsewhere',
        'Peak memory is that of the whole process: main thread and shards',
        `Latency at ${LATENCY_RATE} records/s over ${values.seconds} s (${paced.records} records), send to receipt: ` +
          `sanitized p50 ${paced.sanitized[0].toFixed(1)} ms, p99 ${paced.sanitized[1].toFixed(1)} ms; ` +
          `raw p50 ${paced.raw[0].toFixed(1)} ms, p99 ${paced.raw[1].toFixed(1)} ms`,
      ],
    };
  } finally {
    await stage.close();
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
