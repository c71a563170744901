import { renderConnections } from '../../isolation/reachability/connections.ts';
import { explain, renderExplanation } from '../../isolation/reachability/explain.ts';
import { Reachability } from '../../isolation/reachability/reachability.ts';
import { exitCodes } from '../exit-codes.ts';
import { endpointOf } from './endpoint.ts';
import { manifestsOf } from './manifests.ts';
import { print } from './print.ts';
import type { Endpoint } from '../../isolation/reachability/reachability.ts';
import type { PortSet } from '../../isolation/reachability/port-set.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

export interface ConnectionsCommandOptions {
  readonly manifests: readonly string[];
  readonly explain: boolean;
  /** `null`: from everywhere. */
  readonly source: string | null;
  /** `null`: to everywhere. */
  readonly destination: string | null;
  readonly ipblockPods: 'match' | 'ignore';
}

interface Connection {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ports: PortSet;
}

/** `lethe network connections`: what the policies allow, in the text format of netpol-analyzer, or with the rules that decide. */
export async function connections(
  options: ConnectionsCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const manifests = await manifestsOf(options.manifests, terminal);
  const reachability = new Reachability(manifests, { ipblockPods: options.ipblockPods });
  const { source, destination } = options;
  const from = source === null ? null : endpointOf(source, '--source', reachability.sources);
  const to =
    destination === null
      ? null
      : endpointOf(destination, '--destination', reachability.destinations);
  const whole = from === null && to === null && !options.explain;
  await print(
    whole
      ? renderConnections(reachability)
      : render(reachability, chosen(reachability, from, to), options.explain),
    terminal.stdout,
  );
  return exitCodes.ok;
}

/** The allowed connections of the ends asked for; where both are, their connection whether it is allowed or not. */
function* chosen(
  reachability: Reachability,
  from: Endpoint | null,
  to: Endpoint | null,
): Generator<Connection> {
  if (from !== null && to !== null) {
    yield { source: from, destination: to, ports: reachability.between(from, to) };
    return;
  }
  for (const { source, reached } of reachability.rows()) {
    if (from !== null && from.label !== source.label) continue;
    for (const { destination, ports } of reached)
      if (to === null || to.label === destination.label) yield { source, destination, ports };
  }
}

function* render(
  reachability: Reachability,
  list: Iterable<Connection>,
  explained: boolean,
): Generator<string> {
  for (const connection of list) {
    const { source, destination, ports } = connection;
    yield `${source.label} => ${destination.label} : ${ports.toString()}\n`;
    if (explained) yield* reasons(reachability, connection);
  }
}

/** The rules of one connection. Pods of one workload that are judged alike are told once. */
function* reasons(
  reachability: Reachability,
  { source, destination }: Connection,
): Generator<string> {
  const cases = new Map<string, PortSet>();
  for (const explanation of explain(reachability, source, destination)) {
    const lines = [...renderExplanation(explanation)];
    cases.set(lines.map((line) => `    ${line}\n`).join(''), explanation.allowed);
  }
  for (const [text, allowed] of cases) {
    if (cases.size > 1) yield `  some of the pods: ${allowed.toString()}\n`;
    yield cases.size > 1 ? text : text.replaceAll(/^ {4}/gm, '  ');
  }
}
