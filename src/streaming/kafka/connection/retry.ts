/** Waiting and trying again, within a deadline. */
import { setTimeout as sleep } from 'node:timers/promises';
import { handlingOfName } from './error-table.ts';
import { KafkaError } from '../kafka-error.ts';

export interface Patience {
  /** Milliseconds in all. */
  readonly deadline: number;
  /** First pause; each further one is longer by as much, up to `longest`. */
  readonly step: number;
  readonly longest: number;
}

/** Short pauses: what is waited for is the end of a transaction or an election. */
export const briefly = (deadline: number): Patience => ({ deadline, step: 5, longest: 50 });
/** For brokers that are away. */
export const patiently = (deadline: number): Patience => ({ deadline, step: 50, longest: 1000 });

/** True for an error that the same request may outlive: a connection that was lost, or an answer that the error table calls retriable. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof KafkaError)) return false;
  if (error.reason !== null) return handlingOfName(error.reason)?.retriable ?? false;
  return error.code === 'BROKER_UNREACHABLE' || error.code === 'COORDINATOR_UNAVAILABLE';
}

/**
 * Repeats `attempt` while `again` says so about what it threw and the deadline allows another pause; then throws the last error.
 * `again` may refresh what was out of date.
 */
export async function retrying<Result>(
  patience: Patience,
  attempt: () => Promise<Result>,
  again: (error: unknown) => boolean | Promise<boolean> = isTransient,
): Promise<Result> {
  const end = performance.now() + patience.deadline;
  for (let round = 1; ; round++) {
    try {
      return await attempt();
    } catch (error) {
      const pause = Math.min(patience.step * round, patience.longest);
      if (performance.now() + pause > end || !(await again(error))) throw error;
      await sleep(pause);
    }
  }
}
