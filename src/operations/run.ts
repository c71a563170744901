/**
 * The life of the service process: load → answer → start → (reload)* → drain → end.
 */
import { serializeError } from '../foundation/errors.ts';
import { Service } from '../streaming/service.ts';
import { Health } from './health.ts';
import { HttpServer } from './http/server.ts';
import { Log } from './logging/log.ts';
import { Metrics } from './metrics/metrics.ts';
import { Reloader } from './config/reload.ts';
import { ServiceTelemetry } from './telemetry.ts';
import { watchPaths } from './config/watch.ts';
import type { LineSink } from './logging/log.ts';
import type { LoadedConfig } from './config/loaded-config.ts';
import type { ReloadOutcome } from './config/reload.ts';
import type { StreamingSettings } from '../streaming/settings.ts';
import type { Telemetry } from '../streaming/telemetry.ts';
import type { TelemetryObserver } from './telemetry.ts';

export interface RunOptions {
  readonly version: string;
  /** Reads the configuration; called at the start and at each reload. */
  readonly load: () => LoadedConfig;
  readonly sink: LineSink;
  readonly observers: readonly TelemetryObserver[];
  /** Resolves with the reason when the process is asked to end, as "SIGTERM". */
  readonly ended: Promise<string>;
  /** Registers what to do when a reload is asked for by signal. */
  readonly onReload: (reload: () => void) => void;
  /** Another maker of the service, for programs that embed this one; `new Service` by default. */
  readonly serve?: (settings: StreamingSettings, telemetry: Telemetry) => Served;
}

/** What is run: the public face of the service. */
export type Served = Pick<Service, 'start' | 'reload' | 'stop' | 'status' | 'failed'>;

/** How the service ended: `not started` when it was asked to before it was ready, `failed` when it gave up by itself. */
export type RunOutcome = 'drained' | 'not drained' | 'not started' | 'failed';

/**
 * Runs the service until it is asked to end or gives up.
 *
 * @throws ConfigError, HttpError, and whatever `Service.start` refuses with: nothing was consumed then
 */
export async function runService(options: RunOptions): Promise<RunOutcome> {
  const began = performance.now();
  let config = options.load();
  const log = new Log({ ...config.log, sink: options.sink });
  const metrics = new Metrics({ version: options.version, node: process.versions.node });
  const telemetry = new ServiceTelemetry({
    log,
    metrics,
    now: () => performance.now(),
    observers: options.observers,
  });
  announce(config, options.version, log);

  const serve = options.serve ?? ((settings, to) => new Service(settings, to));
  const service = serve(config.settings, telemetry);
  const health = new Health(() => service.status());
  const http = new HttpServer(config.http, {
    live: () => health.live(),
    readiness: () => health.readiness(),
    metrics: () => {
      metrics.ready(health.readiness().ready);
      return metrics.render();
    },
    metricsType: metrics.contentType,
  });
  log.event({ event: 'http.listening', host: config.http.host, port: await http.listen() });

  const reloader = new Reloader({
    load: options.load,
    apply: (next) => service.reload(next.settings),
    report: (outcome) => {
      metrics.configReloaded(outcome.outcome);
      config = settle(outcome, config, log);
    },
  });
  const reload = (): void => void reloader.request();
  const watcher = watchPaths({
    paths: () => [...config.files, config.settings.keys.directory],
    changed: reload,
  });
  options.onReload(reload);

  const gaveUp = service.failed().then((error) => ({ failed: serializeError(error) }));
  const asked = options.ended.then((reason) => ({ reason }));
  try {
    const starting = service.start().then(() => null);
    // A drain may be asked for while the start still waits for a broker; its failure is then of no interest.
    starting.catch(() => undefined);
    const early = await Promise.race([starting, asked, gaveUp]);
    if (early === null)
      log.event({ event: 'service.ready', seconds: (performance.now() - began) / 1000 });
    const end = early ?? (await Promise.race([asked, gaveUp]));
    health.end();
    if ('failed' in end) {
      const { code, message } = end.failed;
      log.event({ event: 'service.failed', code, message });
      await service.stop(config.settings.service.drainTimeout);
      return 'failed';
    }
    const deadline = config.settings.service.drainTimeout;
    log.event({ event: 'service.stopping', reason: end.reason, deadline });
    const drained = await service.stop(deadline);
    log.event({ event: 'service.stopped', drained });
    if (early !== null) return 'not started';
    return drained ? 'drained' : 'not drained';
  } catch (error) {
    const { code, message } = serializeError(error);
    log.event({ event: 'service.failed', code, message });
    throw error;
  } finally {
    watcher.close();
    await http.close();
  }
}

function announce(config: LoadedConfig, version: string, log: Log): void {
  log.event({
    event: 'service.starting',
    version,
    node: process.versions.node,
    shards: config.memoryBound.shards,
    memoryPerShard: config.memoryBound.perShard,
    memoryTotal: config.memoryBound.total,
  });
  for (const { path, message } of config.warnings)
    log.event({ event: 'config.warning', path, message });
}

/** Tells what became of a reload; returns the configuration that is at work now. */
function settle(outcome: ReloadOutcome, current: LoadedConfig, log: Log): LoadedConfig {
  if (outcome.outcome === 'rejected') {
    const { code, message, problems } = outcome.error;
    log.event({ event: 'config.rejected', code, message, problems });
    return current;
  }
  const { config } = outcome;
  log.setLevel(config.log.level);
  log.event({ event: 'config.reloaded', routes: config.settings.routes.length });
  if (JSON.stringify(config.http) !== JSON.stringify(current.http))
    log.event({ event: 'config.needs-restart', path: 'service.http' });
  if (config.log.format !== current.log.format)
    log.event({ event: 'config.needs-restart', path: 'service.log.format' });
  for (const { path, message } of config.warnings)
    log.event({ event: 'config.warning', path, message });
  return config;
}
