import { exitCodes } from '../exit-codes.ts';

/** SIGINT and SIGTERM end what runs, a second one ends the process. */
export function stopSignals(): { readonly signal: AbortSignal; readonly close: () => void } {
  const controller = new AbortController();
  const end = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.refused);
    controller.abort();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  return {
    signal: controller.signal,
    close: () => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
    },
  };
}
