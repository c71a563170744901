import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so many milliseconds, or until the signal. Never rejects. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Whether the signal was given: asked anew after each wait, which the compiler can't know. */
export const isOver = (signal: AbortSignal): boolean => signal.aborted;
