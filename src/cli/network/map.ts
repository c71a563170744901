import { renderDot, renderMermaid } from '../../isolation/topology/drawing/render-graph.ts';
import { renderSvg } from '../../isolation/topology/drawing/render-svg.ts';
import { renderMapTable } from '../../isolation/topology/drawing/render-table.ts';
import { exitCodes } from '../exit-codes.ts';
import { flowInput } from './flow-input.ts';
import { print } from './print.ts';
import type { FlowMap } from '../../isolation/topology/flow-map.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** What a map can be printed as. */
export type MapFormat = 'table' | 'json' | 'mermaid' | 'dot' | 'svg';

export interface MapCommandOptions {
  readonly config: string;
  /** A saved snapshot; `null` asks Kafka. */
  readonly snapshot: string | null;
  readonly format: MapFormat;
}

/** `lethe network map`: who must reach whom; exit 1 where a finding says that it can't be fenced, or the map is not whole. */
export async function map(options: MapCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const { flows } = await flowInput(options, terminal);
  await print(render(flows, options.format), terminal.stdout);
  const errors = flows.findings.filter(({ severity }) => severity === 'error');
  // A picture has no room for findings, and nobody should miss them.
  if (options.format !== 'table' && options.format !== 'json')
    for (const { severity, code, subject, message } of flows.findings)
      terminal.stderr.write(`${severity} ${code} ${subject}: ${message}\n`);
  return errors.length === 0 ? exitCodes.ok : exitCodes.refused;
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
    case 'svg':
      return renderSvg(flows);
  }
}
