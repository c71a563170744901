import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ApiServer } from '../isolation/cluster/api-server.ts';
import { loadKubeConfig } from '../isolation/cluster/kube-config.ts';
import { askForAcls } from '../isolation/read-acls.ts';
import { readSnapshot } from '../isolation/read-snapshot.ts';
import { clusterAccess } from '../isolation/warden/cluster-access.ts';
import { Warden, type WardenConfig } from '../isolation/warden/warden.ts';
import { loadConfig } from '../operations/config/load.ts';
import { Reloader, type ReloadOutcome } from '../operations/config/reload.ts';
import { watchPaths } from '../operations/config/watch.ts';
import { HttpServer } from '../operations/http/server.ts';
import { Log } from '../operations/logging/log.ts';
import { WardenMetrics } from '../operations/warden-metrics.ts';
import { CliError } from './errors.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { declaredIn } from './network/flow-input.ts';
import { stopSignals } from './network/stop-signals.ts';
import type { WardenMode } from '../isolation/warden/settings.ts';
import type { WardenTelemetry } from '../isolation/warden/warden-event.ts';
import type { LoadedConfig } from '../operations/config/loaded-config.ts';
import type { Readiness } from '../operations/health.ts';
import type { Terminal } from './terminal.ts';

export interface WardenCommandOptions {
  readonly config: string;
  /** `null`: as the configuration says. */
  readonly mode: WardenMode | null;
  readonly kubeconfig: string | null;
  readonly context: string | null;
}

/** Milliseconds for requests that decide who acts, and for writes: less than the Lease outlasts the right to act. */
const quickTimeout = 4000;

/** Milliseconds without a judgement after which the process counts as stuck. */
const stuck = 60_000;

/** Milliseconds that the last sockets get to close. */
const graceForSockets = 1000;

const ownNamespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** `lethe warden`: keeps policies as placement changes, until a signal. */
export async function warden(options: WardenCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const load = (): LoadedConfig => loadConfig(options.config, terminal.env);
  let loaded = load();
  const first = wardenConfig(loaded, options);
  const kubeConfig = loadKubeConfig(options);
  const lease = {
    namespace:
      first.settings.lease.namespace ??
      ownNamespace(terminal.env, kubeConfig.getContextObject(kubeConfig.currentContext)?.namespace),
    name: first.settings.lease.name,
  };
  const log = new Log({ ...loaded.log, sink: terminal.stdout });
  const metrics = new WardenMetrics();
  const server = new ApiServer(kubeConfig, { attempts: 2 });
  const quick = new ApiServer(kubeConfig, { attempts: 1, timeout: quickTimeout });
  const watched = new Warden({
    api: (resourceOf) => clusterAccess({ server, quick, lease, resourceOf }),
    config: first,
    lease,
    holder: `${terminal.env['POD_NAME'] ?? hostname()}_${randomUUID()}`,
    pod: ownPod(terminal.env),
    read: () => readSnapshot(loaded.settings.clusters, () => new Date()),
    readAcls: () => askForAcls(loaded.settings.clusters),
    telemetry: telemetryOf(log, metrics),
  });
  const http = new HttpServer(loaded.http, {
    live: () => watched.status().idle < stuck,
    readiness: () => readinessOf(watched),
    metrics: () => metrics.render(),
    metricsType: metrics.contentType,
  });
  log.event({ event: 'http.listening', host: loaded.http.host, port: await http.listen() });
  const reloader = new Reloader({
    load,
    apply: (next) => {
      watched.configure(wardenConfig(next, options));
      return Promise.resolve();
    },
    report: (outcome) => {
      loaded = settle(outcome, loaded, { log, watched });
    },
  });
  const reload = (): void => void reloader.request();
  const watcher = watchPaths({ paths: () => loaded.files, changed: reload });
  process.on('SIGHUP', reload);
  const stop = stopSignals();
  try {
    await watched.run(stop.signal);
    return exitCodes.ok;
  } finally {
    stop.close();
    process.off('SIGHUP', reload);
    watcher.close();
    await http.close();
    // A question that Kafka has not answered must not hold a process that has given its Lease back.
    setTimeout(() => process.exit(), graceForSockets).unref();
  }
}

/**
 * What the warden takes of a configuration.
 *
 * @throws CliError `CLI_OPTION_INVALID` without a section `isolation`
 */
function wardenConfig(
  loaded: LoadedConfig,
  { config, mode }: Pick<WardenCommandOptions, 'config' | 'mode'>,
): WardenConfig {
  const declared = declaredIn(loaded, config);
  // Where there is a section `isolation` there is one of the warden.
  const settings = loaded.warden!;
  return { declared, settings: { ...settings, mode: mode ?? settings.mode } };
}

function ownNamespace(env: Terminal['env'], ofContext: string | undefined): string {
  const inPod = existsSync(ownNamespaceFile) ? readFileSync(ownNamespaceFile, 'utf8').trim() : '';
  const found = [env['POD_NAMESPACE'], inPod, ofContext].find(
    (one) => one !== undefined && one !== '',
  );
  if (found !== undefined) return found;
  throw new CliError(
    'CLI_OPTION_INVALID',
    'Add isolation.warden.lease.namespace, or set POD_NAMESPACE: it is where the Lease is kept',
  );
}

function ownPod(env: Terminal['env']): { namespace: string; name: string } | null {
  const { POD_NAME: name, POD_NAMESPACE: namespace } = env;
  return name === undefined || namespace === undefined ? null : { namespace, name };
}

/** Methods of the metrics with the log beside them. */
function telemetryOf(log: Log, metrics: WardenMetrics): WardenTelemetry {
  return {
    event: (event) => log.event(event),
    leads: (leads) => metrics.leads(leads),
    condition: (condition, holds) => metrics.condition(condition, holds),
    policies: (counts) => metrics.policies(counts),
    transition: (open) => metrics.transition(open),
    wrote: (action, outcome) => metrics.wrote(action, outcome),
    repaired: (damage) => metrics.repaired(damage),
    followed: (seconds) => metrics.followed(seconds),
    polled: (outcome) => metrics.polled(outcome),
    placementAge: (seconds) => metrics.placementAge(seconds),
    acls: (entries) => metrics.acls(entries),
    watchEnded: (why) => metrics.watchEnded(why),
    verified: (result) => metrics.verified(result),
    clusterEvent: (outcome) => metrics.clusterEvent(outcome),
  };
}

function readinessOf(watched: Warden): Readiness {
  const { ready, conditions } = watched.status();
  const reasons = [...conditions].map(([code, about]) => ({ code, message: about.join(', ') }));
  return { ready, reasons };
}

/** Tells what became of a reload; returns the configuration that is at work now. */
function settle(
  outcome: ReloadOutcome,
  current: LoadedConfig,
  { log, watched }: { readonly log: Log; readonly watched: Warden },
): LoadedConfig {
  if (outcome.outcome === 'rejected') {
    const { code, message, problems } = outcome.error;
    log.event({ event: 'config.rejected', code, message, problems });
    watched.refuseConfig(code);
    return current;
  }
  const { config } = outcome;
  log.setLevel(config.log.level);
  log.event({ event: 'config.reloaded', routes: config.settings.routes.length });
  for (const [path, before, now] of [
    ['service.http', current.http, config.http],
    ['service.log.format', current.log.format, config.log.format],
    ['isolation.warden.lease', current.warden?.lease, config.warden?.lease],
  ] as const)
    if (JSON.stringify(before) !== JSON.stringify(now))
      log.event({ event: 'config.needs-restart', path });
  return config;
}
