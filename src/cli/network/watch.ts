import { Detector } from '../../isolation/flows/detector.ts';
import { FlowJudge } from '../../isolation/flows/flow-judge.ts';
import { PodDirectory } from '../../isolation/flows/pod-directory.ts';
import { defaultClockLimits } from '../../isolation/flows/stream-clock.ts';
import { renderAnomaly, renderSummary } from '../../isolation/flows/render-anomalies.ts';
import { watchStreams } from '../../isolation/flows/watch-streams.ts';
import { atLeast } from '../../isolation/findings/finding.ts';
import { FlowMetrics } from '../../operations/flow-metrics.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { flowInput } from './flow-input.ts';
import { flowSources } from './flow-sources.ts';
import { manifestsOf } from './manifests.ts';
import { serveMetrics, type ListenAddress } from './metrics-endpoint.ts';
import { print } from './print.ts';
import { stopSignals } from './stop-signals.ts';
import type { BurstLimit } from '../../isolation/flows/denial-rate.ts';
import type { FlowFormat, FlowVerdict } from '../../isolation/flows/observed-flow.ts';
import type { WatchOutput } from '../../isolation/flows/render-anomalies.ts';
import type { ReadSource } from '../../isolation/flows/watch-streams.ts';
import type { Severity } from '../../isolation/findings/finding.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface WatchCommandOptions {
  readonly config: string;
  readonly snapshot: string | null;
  readonly flows: readonly string[];
  readonly format: FlowFormat | null;
  readonly unmarked: FlowVerdict;
  readonly follow: boolean;
  readonly manifests: readonly string[];
  readonly output: WatchOutput;
  readonly burst: BurstLimit;
  /** Milliseconds. */
  readonly silence: number;
  /** Milliseconds between two summaries; null for one at the end. */
  readonly reportEvery: number | null;
  readonly failOn: Severity;
  readonly metrics: ListenAddress | null;
}

/** Milliseconds between two looks at the clock, and at what waits to be printed. */
const tick = 1000;

/** `lethe network watch`: flow logs against the map, anomalies as they happen; exit 1 where one is as bad as `failOn`. */
export async function watch(options: WatchCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const { flows, manifests, output, failOn } = options;
  if (flows.includes('-') && manifests.includes('-'))
    throw new CliError('CLI_OPTION_INVALID', 'Read at most one of --flows and --manifests from -');
  const { flows: map, declared } = await flowInput(options, terminal);
  const cluster = manifests.length === 0 ? null : await manifestsOf(manifests, terminal);
  const directory = new PodDirectory(cluster?.workloads ?? []);
  if (!directory.knowsAddresses)
    terminal.stderr.write(
      'Note: no pod has an address in --manifests, so that an address alone stays a peer of its own; see `kubectl get pods -A -o yaml`\n',
    );
  const metrics = new FlowMetrics();
  const lines: string[] = [];
  const detector = new Detector({
    map,
    declared,
    directory,
    judge: cluster === null || cluster.policies.length === 0 ? null : new FlowJudge(cluster),
    now: Date.now,
    burst: options.burst,
    clock: { ...defaultClockLimits, silence: options.silence },
    tell: (anomaly) => {
      metrics.anomaly(anomaly);
      lines.push(renderAnomaly(anomaly, output));
    },
  });
  const read = new Map<string, ReadSource>();
  const flush = async (): Promise<void> => await print(lines.splice(0), terminal.stdout);
  const gauge = (): void => {
    const { declared: seen, evicted } = detector.progress;
    metrics.declared(seen.seen, seen.total, evicted);
  };
  const stop = stopSignals();
  const sources = flowSources(options, terminal, stop.signal);
  const endpoint = options.metrics === null ? null : await serveMetrics(options.metrics, metrics);
  if (endpoint !== null) terminal.stderr.write(`Metrics on port ${endpoint.port}\n`);
  const timers = [
    setInterval(() => {
      detector.tick();
      gauge();
      void flush();
    }, tick),
    ...(options.reportEvery === null
      ? []
      : [
          setInterval(
            () => lines.push(...renderSummary(detector.summary(), [...read.values()], output)),
            options.reportEvery,
          ),
        ]),
  ];
  try {
    await watchStreams(sources, detector, {
      together: options.follow || flows.includes('-'),
      unmarked: options.unmarked,
      stopped: () => stop.signal.aborted,
      onFault: (source, line, text) =>
        terminal.stderr.write(`Warning: ${source}:${line}: ${text} (the first of its kind)\n`),
      onFlow: (flow) => metrics.flow(flow),
      onPiece: async (source) => {
        read.set(source.name, source);
        metrics.lines(source.name, source.format, source.counts);
        await flush();
      },
    });
  } finally {
    for (const timer of timers) clearInterval(timer);
    stop.close();
    await endpoint?.close();
  }
  await flush();
  const summary = detector.summary();
  await print(renderSummary(summary, [...read.values()], output), terminal.stdout);
  const failed = detector.worst !== null && atLeast(detector.worst, failOn);
  const unseen = summary.anomalies.some(({ finding }) => atLeast(finding.severity, failOn));
  return failed || unseen ? exitCodes.refused : exitCodes.ok;
}
