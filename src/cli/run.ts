import { DryRunReport, renderDryRun } from '../operations/dry-run-report.ts';
import { describe } from '../operations/config/describe.ts';
import { loadConfig } from '../operations/config/load.ts';
import { renderSize } from '../operations/config/units.ts';
import { runService } from '../operations/run.ts';
import { packageVersion } from './version.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { LoadedConfig } from '../operations/config/loaded-config.ts';
import type { Terminal } from './terminal.ts';

export interface RunCommandOptions {
  readonly config: string;
  /** Print the configuration without secrets and end. */
  readonly check: boolean;
  readonly dryRun: boolean;
  /** Milliseconds after which the run ends by itself; null for until a signal. */
  readonly duration: number | null;
}

/** `lethe run`: the service until a signal, with log lines on standard output and what people should know first on standard error. */
export async function run(options: RunCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const load = (): LoadedConfig => {
    const loaded = loadConfig(options.config, terminal.env);
    if (!options.dryRun) return loaded;
    const service = { ...loaded.settings.service, dryRun: true };
    return { ...loaded, settings: { ...loaded.settings, service } };
  };
  const first = load();
  // Where no person reads, the same facts are in the log's first lines.
  if (terminal.interactive || options.check) introduce(first, terminal);
  if (options.check) {
    terminal.stdout.write(`${JSON.stringify(describe(first.settings), null, 2)}\n`);
    return exitCodes.ok;
  }
  const report = new DryRunReport();
  const signals = listen(options.duration);
  try {
    const outcome = await runService({
      version: packageVersion(),
      load,
      sink: terminal.stdout,
      observers: first.settings.service.dryRun ? [report] : [],
      ended: signals.ended,
      onReload: signals.onReload,
    });
    // A signal may come while the start still waits for a broker, which is a clean end; a duration that passes so has shown nothing.
    const inVain = outcome === 'not started' && (await signals.ended) === 'duration';
    const bad = inVain || outcome === 'failed';
    if (!first.settings.service.dryRun)
      return bad || outcome === 'not drained' ? exitCodes.refused : exitCodes.ok;
    const findings = report.findings();
    terminal.stderr.write(renderDryRun(findings));
    return findings.clean && !bad ? exitCodes.ok : exitCodes.refused;
  } finally {
    signals.close();
    endSoon();
  }
}

/** Milliseconds that the last sockets get to close after a drain. */
const graceForSockets = 1000;

/** A request that still waits for an answer must not hold a drained process; where nothing waits, it ends at once by itself. */
function endSoon(): void {
  setTimeout(() => process.exit(), graceForSockets).unref();
}

function introduce({ memoryBound, warnings }: LoadedConfig, terminal: Terminal): void {
  const { shards, perShard, total, schemas } = memoryBound;
  terminal.stderr.write(
    `Record data takes at most ${renderSize(total)}: ${shards} shards of ${renderSize(perShard)};` +
      ` cached schema texts at most ${renderSize(schemas)} more\n`,
  );
  for (const { path, message } of warnings) terminal.stderr.write(`Warning: ${path}: ${message}\n`);
}

/** SIGTERM and SIGINT end the run, a second one at once; SIGHUP reloads. */
function listen(duration: number | null) {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let asked = false;
  let reload: () => void = () => undefined;
  const end = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(exitCodes.refused);
    asked = true;
    resolve(signal);
  };
  const hangUp = (): void => reload();
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', hangUp);
  const timer = duration === null ? undefined : setTimeout(() => resolve('duration'), duration);
  return {
    ended,
    onReload: (action: () => void): void => {
      reload = action;
    },
    close: (): void => {
      clearTimeout(timer);
      process.off('SIGTERM', end);
      process.off('SIGINT', end);
      process.off('SIGHUP', hangUp);
    },
  };
}
