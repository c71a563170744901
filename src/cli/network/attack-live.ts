/** Attacks tried in a cluster, with every Job removed whatever ends the run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AttackError } from '../../isolation/attacks/errors.ts';
import { runJobs } from '../../isolation/attacks/run-jobs.ts';
import { stopSignals } from './stop-signals.ts';
import type { Attack } from '../../isolation/attacks/attack.ts';
import type { JobOptions } from '../../isolation/attacks/jobs.ts';
import type { LiveResult } from '../../isolation/attacks/live.ts';
import type { Terminal } from '../terminal.ts';

export interface LiveOptions extends JobOptions {
  readonly context: string | null;
  readonly kubeconfig: string | null;
  readonly parallel: number;
}

/**
 * Tries the attacks; each outcome goes to standard error as it comes, with the reason where one could not be tried.
 *
 * @throws AttackError `ATTACK_RUN_ENDED` when a signal ended the run: half of the attacks prove nothing
 */
export async function liveAttacks(
  attacks: readonly Attack[],
  options: LiveOptions,
  { stderr }: Terminal,
): Promise<readonly LiveResult[]> {
  const [{ ApiServer }, { loadKubeConfig }] = await Promise.all([
    import('../../isolation/cluster/api-server.ts'),
    import('../../isolation/cluster/kube-config.ts'),
  ]);
  const server = new ApiServer(loadKubeConfig(options));
  const stop = stopSignals();
  try {
    const results = await runJobs(server, attacks, {
      ...options,
      signal: stop.signal,
      wait: async (milliseconds, signal) => {
        await sleep(milliseconds, undefined, { signal });
      },
      onResult: ({ id, outcome, reason }) =>
        stderr.write(`${outcome.padEnd(11)} ${id}${reason == null ? '' : `: ${reason}`}\n`),
      onLeftover: (job) =>
        stderr.write(`Warning: remove the Job "${job}": it could not be removed\n`),
    });
    if (stop.signal.aborted)
      throw new AttackError(
        'ATTACK_RUN_ENDED',
        `Run it again: it was ended after ${results.length} of ${attacks.length} attacks, and its Jobs were removed`,
      );
    return results;
  } finally {
    stop.close();
  }
}
