/** A flow map as a picture, in the languages of Mermaid and Graphviz. Raw brokers are red, open ones green, shared ones orange. */
import type { FlowMap } from '../flow-map.ts';
import type { BrokerStanding } from '../flow-scene.ts';

const colours: Readonly<Record<BrokerStanding, string>> = {
  raw: '#f4b6b6',
  open: '#bfe3c0',
  shared: '#f7c98b',
  free: '#e4e4e4',
};

interface Drawn {
  readonly id: string;
  readonly label: string;
  readonly standing: BrokerStanding | null;
}

/** Yields a Mermaid flow chart. */
export function* renderMermaid(map: FlowMap): Generator<string> {
  const nodes = drawn(map);
  yield 'flowchart LR\n';
  for (const { id, label, standing } of nodes.values())
    yield `  ${id}["${mermaidText(label)}"]${standing === null ? '' : `:::${standing}`}\n`;
  for (const { from, to, protocol, port } of map.flows)
    yield `  ${idOf(nodes, from)} -->|"${protocol} ${port}"| ${idOf(nodes, to)}\n`;
  for (const [standing, colour] of Object.entries(colours))
    yield `  classDef ${standing} fill:${colour}\n`;
}

/** Yields a directed graph in the DOT language. */
export function* renderDot(map: FlowMap): Generator<string> {
  const nodes = drawn(map);
  yield 'digraph flows {\n  rankdir=LR;\n  node [shape=box];\n';
  for (const { id, label, standing } of nodes.values()) {
    const fill = standing === null ? '' : `, style=filled, fillcolor="${colours[standing]}"`;
    yield `  ${id} [label="${dotText(label)}"${fill}];\n`;
  }
  for (const { from, to, protocol, port } of map.flows)
    yield `  ${idOf(nodes, from)} -> ${idOf(nodes, to)} [label="${protocol} ${port}"];\n`;
  yield '}\n';
}

/** Parties under short names that both languages take. */
function drawn({ parties, brokers }: FlowMap): ReadonlyMap<string, Drawn> {
  const standings = new Map(brokers.map(({ name, standing }) => [`broker ${name}`, standing]));
  return new Map(
    parties.map(({ id }, at) => {
      const standing = standings.get(id) ?? null;
      const label = standing === null ? id : `${id} (${standing})`;
      return [id, { id: `n${at}`, label, standing }];
    }),
  );
}

const idOf = (nodes: ReadonlyMap<string, Drawn>, party: string): string => nodes.get(party)!.id;

/** Mermaid writes characters that mean something as `#code;`. */
const mermaidText = (text: string): string =>
  text.replace(/[^\w ./():-]/gu, (character) => `#${character.codePointAt(0) ?? 63};`);

const dotText = (text: string): string => text.replace(/["\\]/g, '\\$&').replace(/\s+/g, ' ');
