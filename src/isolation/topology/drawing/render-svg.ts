/** A flow map as a picture of its own. What colours say is also written, lines and boxes tell their full text when pointed at. */
import { footHeight, headHeight, layOut, type Box, type Layout, type Line } from './svg-layout.ts';
import { placeText } from './render-table.ts';
import type { Flow } from '../flow-draft.ts';
import type { FlowMap } from '../flow-map.ts';
import type { BrokerStanding } from '../flow-scene.ts';

interface Paint {
  readonly fill: string;
  readonly stroke: string;
}

/** Dark text on every fill has a contrast of 12 : 1 at least, strokes on white one of 5 : 1 (WCAG 2.2 asks for 4.5 : 1 and 3 : 1). */
const paints: Readonly<Record<BrokerStanding, Paint>> = {
  raw: { fill: '#fbdcd8', stroke: '#b3261e' },
  shared: { fill: '#ffe3bf', stroke: '#8a4b00' },
  open: { fill: '#d9f2dd', stroke: '#1b6b2f' },
  free: { fill: '#ececec', stroke: '#5c5c5c' },
};
const plain: Paint = { fill: '#e6edf7', stroke: '#3a5a8c' };
const ink = '#1a1a1a';
const quiet = '#5c5c5c';

/** How far a line comes out before it turns to its lane, in pixels. */
const laneBend = 110;

/** Letters that fit into a box. */
const mostLetters = 40;

/** Yields an SVG document. */
export function* renderSvg(map: FlowMap): Generator<string> {
  const layout = layOut(map);
  const { width, height } = layout;
  const raw = map.brokers.filter(({ standing }) => standing === 'raw' || standing === 'shared');
  yield `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title summary" font-family="sans-serif" font-size="12" fill="${ink}">\n`;
  yield '<title id="title">Who must reach whom</title>\n';
  yield `<desc id="summary">${escaped(`${map.parties.length} parties, ${map.flows.length} flows; ${raw.length} of ${map.brokers.length} brokers hold raw topics; isolation mode ${map.mode}; ${map.findings.length} findings`)}</desc>\n`;
  yield `<defs>${[ink, paints.raw.stroke].map(arrow).join('')}</defs>\n`;
  yield `<rect width="${width}" height="${height}" fill="#ffffff"/>\n`;
  yield `<text x="24" y="30" font-size="17" font-weight="bold">Who must reach whom</text>\n`;
  yield text(24, headHeight - 16, `mode ${map.mode}, placement of ${map.taken}`, quiet);
  for (const line of layout.lines) yield lineOf(line);
  for (const box of layout.boxes) yield boxOf(box);
  yield* foot(map, layout);
  yield '</svg>\n';
}

function boxOf({ party, broker, asking, x, y, width, height }: Box): string {
  const { fill, stroke } = broker === null ? plain : paints[broker.standing];
  const words = [
    broker === null ? party.id : `${party.id} — ${broker.standing}`,
    // The pod's name says as much as the key before it.
    placeText(party.place).replaceAll(/[\w.]+\/pod-name=/g, ''),
    broker === null ? '' : held(broker),
    asking === 0 ? '' : `asked for names by ${asking} parties`,
  ];
  const middle = y + height / 2;
  const shown = words.filter((word) => word !== '');
  const first = Math.round(middle - (shown.length - 1) * 8 + 4);
  const lines = shown.map((word, at) =>
    at === 0
      ? `<text x="${x + 12}" y="${first}" font-weight="bold">${escaped(short(word))}</text>`
      : text(x + 12, first + at * 16, short(word), ink).trimEnd(),
  );
  return `<g><title>${escaped(shown.join('\n'))}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${stroke}" stroke-width="${broker === null ? 1 : 2}"/>${lines.join('')}</g>\n`;
}

function held({
  raw,
  open,
  quarantine,
}: {
  readonly raw: readonly string[];
  readonly open: readonly string[];
  readonly quarantine: readonly string[];
}): string {
  return [...raw, ...open, ...quarantine].join(', ');
}

/** A line with the ports in front of its arrow. */
function lineOf(line: Line): string {
  const { from, to, flows, end } = line;
  const raw = to.broker?.standing === 'raw' || to.broker?.standing === 'shared';
  const colour = raw ? paints.raw.stroke : ink;
  const arrives = end.x > to.x ? 1 : -1;
  const told = flows.map((flow) => `${flow.protocol} ${flow.port}: ${flow.why.join(', ')}`);
  const label = `<text x="${end.x + arrives * 12}" y="${end.y - 3}" font-size="10" text-anchor="${arrives < 0 ? 'end' : 'start'}" fill="${colour}" stroke="#ffffff" stroke-width="3" paint-order="stroke">${escaped(portsOf(flows))}</text>`;
  return `<g><title>${escaped([`${from.party.id} > ${to.party.id}`, ...told].join('\n'))}</title><path d="${pathOf(line)}" fill="none" stroke="${colour}" stroke-width="1.4" marker-end="url(#${markerOf(colour)})"/>${label}</g>\n`;
}

/** Leaves and arrives level; by its lane where it has one. */
function pathOf({ from, to, start, end, lane }: Line): string {
  const [leaves, arrives] = [start.x > from.x ? 1 : -1, end.x > to.x ? 1 : -1];
  const tip = `${end.x + arrives * 2} ${end.y}`;
  if (lane === null) {
    const bend = from.column === to.column ? 70 : Math.abs(end.x - start.x) / 2;
    return `M${start.x} ${start.y} C${start.x + leaves * bend} ${start.y} ${end.x + arrives * bend} ${end.y} ${tip}`;
  }
  const [out, into] = [start.x + leaves * laneBend, end.x + arrives * laneBend];
  return `M${start.x} ${start.y} C${out} ${start.y} ${start.x} ${lane} ${out} ${lane} H${into} C${end.x} ${lane} ${into} ${end.y} ${tip}`;
}

/** Ports by protocol, as `TCP 53 · UDP 53`. */
function portsOf(flows: readonly Pick<Flow, 'protocol' | 'port'>[]): string {
  return (['TCP', 'UDP'] as const)
    .flatMap((protocol) => {
      const ports = flows.filter((flow) => flow.protocol === protocol).map(({ port }) => port);
      const unique = [...new Set(ports)].toSorted((a, b) => a - b);
      return unique.length === 0 ? [] : [`${protocol} ${unique.join(', ')}`];
    })
    .join(' · ');
}

function* foot(map: FlowMap, { height, among }: Layout): Generator<string> {
  const top = height - footHeight + 20;
  let x = 24;
  for (const standing of ['raw', 'shared', 'open', 'free'] as const) {
    const { fill, stroke } = paints[standing];
    yield `<rect x="${x}" y="${top}" width="16" height="16" rx="3" fill="${fill}" stroke="${stroke}" stroke-width="2"/>`;
    yield text(x + 22, top + 12, legends[standing], ink);
    x += 36 + legends[standing].length * 7;
  }
  yield text(
    24,
    top + 38,
    'red lines lead to raw records; lines to the name service are left out',
    ink,
  );
  if (among.length > 0)
    yield text(24, top + 56, `brokers and controllers among themselves: ${portsOf(among)}`, ink);
  if (map.findings.length > 0)
    yield `<text x="24" y="${top + 74}" font-weight="bold">${escaped(`${map.findings.length} findings: ${[...new Set(map.findings.map(({ code }) => code))].join(', ')}`)}</text>\n`;
}

const legends: Readonly<Record<BrokerStanding, string>> = {
  raw: 'raw: holds raw topics',
  shared: 'shared: holds raw and sanitized topics',
  open: 'open: holds sanitized topics',
  free: 'free: neither',
};

const text = (x: number, y: number, words: string, fill: string): string =>
  `<text x="${x}" y="${y}" fill="${fill}">${escaped(words)}</text>\n`;

const markerOf = (colour: string): string => `arrow-${colour.slice(1)}`;

const arrow = (colour: string): string =>
  `<marker id="${markerOf(colour)}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="${colour}"/></marker>`;

const short = (words: string): string =>
  words.length > mostLetters ? `${words.slice(0, mostLetters - 1)}…` : words;

/** Text of XML 1.0, which has no control characters. */
const escaped = (words: string): string =>
  words
    .replace(/[\p{Cc}\p{Cs}]/gu, (character) => (character === '\n' ? '\n' : '\uFFFD'))
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
