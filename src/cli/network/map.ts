import { readSnapshot } from '../../isolation/read-snapshot.ts';
import { flowMap } from '../../isolation/topology/flow-map.ts';
import { renderDot, renderMermaid } from '../../isolation/topology/render-graph.ts';
import { renderMapTable } from '../../isolation/topology/render-table.ts';
import { parseSnapshot } from '../../isolation/topology/snapshot.ts';
import { loadConfig } from '../../operations/config/load.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readText } from '../files.ts';
import { print } from './print.ts';
import type { FlowMap } from '../../isolation/topology/flow-map.ts';
import type { Declared } from '../../isolation/topology/placement.ts';
import type { LoadedConfig } from '../../operations/config/loaded-config.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** What a map can be printed as. */
export type MapFormat = 'table' | 'json' | 'mermaid' | 'dot';

export interface MapCommandOptions {
  readonly config: string;
  /** A saved snapshot; `null` asks Kafka. */
  readonly snapshot: string | null;
  readonly format: MapFormat;
}

/** `lethe network map`: who must reach whom; exit 1 where a finding says that it can't be fenced, or the map is not whole. */
export async function map(options: MapCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const loaded = loadConfig(options.config, terminal.env);
  const declared = declaredIn(loaded, options.config);
  const taken =
    options.snapshot === null
      ? await readSnapshot(loaded.settings.clusters, () => new Date())
      : parseSnapshot(readText(options.snapshot, '--snapshot'));
  const flows = flowMap(declared, taken);
  await print(render(flows, options.format), terminal.stdout);
  const errors = flows.findings.filter(({ severity }) => severity === 'error');
  // A picture has no room for findings, and nobody should miss them.
  if (options.format === 'mermaid' || options.format === 'dot')
    for (const { severity, code, subject, message } of flows.findings)
      terminal.stderr.write(`${severity} ${code} ${subject}: ${message}\n`);
  return errors.length === 0 ? exitCodes.ok : exitCodes.refused;
}

function declaredIn({ settings, http, isolation }: LoadedConfig, file: string): Declared {
  if (isolation === null)
    throw new CliError(
      'CLI_OPTION_INVALID',
      `Add the section "isolation" to "${file}": it says who may talk to whom`,
    );
  const { clusters, routes, quarantine, service, registry } = settings;
  return {
    isolation,
    clusters,
    routes,
    quarantine,
    groupId: service.groupId,
    registryUrl: registry.url,
    httpPort: http.port,
  };
}

function render(flows: FlowMap, format: MapFormat): Iterable<string> {
  switch (format) {
    case 'table':
      return renderMapTable(flows);
    case 'json':
      return [JSON.stringify(flows, null, 2), '\n'];
    case 'mermaid':
      return renderMermaid(flows);
    case 'dot':
      return renderDot(flows);
  }
}
