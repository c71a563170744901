import { writeFile } from 'node:fs/promises';
import { WriteStream } from 'node:tty';
import { Auditor } from '../assurance/leak-audit/auditor.ts';
import { reportOf } from '../assurance/leak-audit/report.ts';
import { renderReport } from '../isolation/findings/render.ts';
import { AuditMetrics } from '../operations/audit-metrics.ts';
import { loadConfig } from '../operations/config/load.ts';
import { HttpServer } from '../operations/http/server.ts';
import { Log } from '../operations/logging/log.ts';
import { RegistryClient } from '../streaming/registry/client.ts';
import { CliError } from './errors.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { print } from './network/print.ts';
import { stopSignals } from './network/stop-signals.ts';
import { packageVersion } from './version.ts';
import type { AuditTelemetry } from '../assurance/leak-audit/telemetry.ts';
import type { Severity } from '../isolation/findings/finding.ts';
import type { Report, ReportFormat } from '../isolation/findings/report.ts';
import type { LoadedConfig } from '../operations/config/loaded-config.ts';
import type { Terminal } from './terminal.ts';

export interface AuditCommandOptions {
  readonly config: string;
  readonly once: boolean;
  readonly format: ReportFormat;
  readonly failOn: Severity;
  /** `null`: standard output. */
  readonly out: string | null;
}

/** Milliseconds without a turn after which the process counts as stuck; a turn ends at the latest with a request's deadline. */
const stuck = 180_000;

/** Milliseconds that the last sockets get to close. */
const graceForSockets = 1000;

/** `lethe audit`: judges what comes until a signal, or once what is there. */
export async function audit(options: AuditCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const loaded = loadConfig(options.config, terminal.env);
  const { schemaBytes } = loaded.settings.service.limits;
  const registry = new RegistryClient(loaded.settings.registry, { schemaBytes });
  try {
    return options.once
      ? await auditOnce(options, loaded, registry, terminal)
      : await auditOn(loaded, registry, terminal);
  } finally {
    registry.close();
    // A question that nobody has answered must not hold a process that has done its work.
    setTimeout(() => process.exit(), graceForSockets).unref();
  }
}

const silent: AuditTelemetry = {
  event: () => undefined,
  records: () => undefined,
  found: () => undefined,
  positions: () => undefined,
};

async function auditOnce(
  { config, format, failOn, out }: AuditCommandOptions,
  loaded: LoadedConfig,
  registry: RegistryClient,
  terminal: Terminal,
): Promise<ExitCode> {
  const { settings, audit: wanted } = loaded;
  const auditor = new Auditor({
    settings,
    audit: wanted,
    registry,
    telemetry: silent,
    keepsPositions: false,
  });
  try {
    const report = reportOf(await auditor.once(), {
      version: packageVersion(),
      threshold: failOn,
      home: config,
      sample: wanted.sample,
    });
    await write(report, format, out, terminal);
    return report.passed ? exitCodes.ok : exitCodes.refused;
  } finally {
    await auditor.close();
  }
}

async function auditOn(
  loaded: LoadedConfig,
  registry: RegistryClient,
  terminal: Terminal,
): Promise<ExitCode> {
  const { settings, audit: wanted, http: where } = loaded;
  const log = new Log({ ...loaded.log, sink: terminal.stdout });
  const metrics = new AuditMetrics(settings.routes.map(({ name }) => name));
  const auditor = new Auditor({
    settings,
    audit: wanted,
    registry,
    telemetry: {
      event: (event) => log.event(event),
      records: (route, outcome, count) => metrics.records(route, outcome, count),
      found: (route, code) => metrics.found(route, code),
      positions: (positions) => metrics.positions(positions),
    },
    keepsPositions: true,
  });
  const http = new HttpServer(where, {
    live: () => auditor.status().idle < stuck,
    readiness: () => {
      const { ready, waiting } = auditor.status();
      const reasons =
        waiting === null ? [] : [{ code: waiting, message: 'The auditor waits and asks again' }];
      return { ready, reasons };
    },
    metrics: () => {
      metrics.ready(auditor.status().ready);
      return metrics.render();
    },
    metricsType: metrics.contentType,
  });
  log.event({ event: 'http.listening', host: where.host, port: await http.listen() });
  const stop = stopSignals();
  try {
    await auditor.follow(stop.signal);
    log.event({ event: 'audit.stopped' });
    return exitCodes.ok;
  } finally {
    stop.close();
    await auditor.close();
    await http.close();
  }
}

/** @throws CliError `CLI_FILE_UNWRITABLE` */
async function write(
  report: Report,
  format: ReportFormat,
  out: string | null,
  { stdout }: Terminal,
): Promise<void> {
  const width = out === null && stdout instanceof WriteStream ? stdout.columns : null;
  const pieces = renderReport(report, format, width);
  if (out === null) {
    await print(pieces, stdout);
    return;
  }
  try {
    await writeFile(out, [...pieces].join(''));
  } catch (cause) {
    throw new CliError('CLI_FILE_UNWRITABLE', `Name a file that can be written: "${out}"`, {
      cause,
    });
  }
}
