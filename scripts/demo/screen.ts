import { stripVTControlCharacters } from 'node:util';
import { flatten } from './flatten.ts';
import type { Pair } from './follower.ts';
import { topics, type TopicName } from './shop.ts';

/** What the viewer shows of one moment. */
export interface Moment {
  readonly seconds: number;
  readonly sent: Readonly<Record<TopicName, number>>;
  readonly received: Readonly<Record<TopicName, number>>;
  readonly quarantined: Readonly<Record<TopicName, number>>;
  readonly lag: Readonly<Record<TopicName, number>>;
  /** Sanitized records a second, lately. */
  readonly rate: number;
  readonly metricsUrl: string;
  readonly pairs: readonly Pair[];
}

const DIM = '\u001b[2m';
const BOLD = '\u001b[1m';
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const RESET = '\u001b[0m';
const SHOWN_FOR_SECONDS = 3;

/** A panel that is drawn over itself on a terminal, and plain lines elsewhere. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #live: boolean;
  #drawn = 0;
  #shown = new Set<TopicName>();
  #lastLine = -1;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#live = out.isTTY;
  }

  /** A line for good, above the panel. */
  say(line: string): void {
    this.#erase();
    this.#out.write(`${line}\n`);
  }

  show(moment: Moment): void {
    if (this.#live) this.#draw(moment);
    else this.#print(moment);
  }

  /** Leaves the panel as it is. */
  end(): void {
    this.#drawn = 0;
  }

  #draw(moment: Moment): void {
    const width = Math.max(60, this.#out.columns);
    const turn = Math.floor(moment.seconds / SHOWN_FOR_SECONDS);
    const pair = moment.pairs[turn % Math.max(1, moment.pairs.length)];
    const lines = [
      '',
      ...counts(moment),
      '',
      ...(pair === undefined ? ['waiting for the first record'] : sideBySide(pair, width, true)),
      '',
      `${DIM}metrics ${moment.metricsUrl}/metrics · Ctrl-C ends${RESET}`,
    ].slice(0, Math.max(8, this.#out.rows - 1));
    this.#erase();
    this.#out.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  #print(moment: Moment): void {
    for (const pair of moment.pairs) {
      if (this.#shown.has(pair.topic)) continue;
      this.#shown.add(pair.topic);
      this.say(['', ...sideBySide(pair, 110, false), ''].join('\n'));
    }
    if (Math.floor(moment.seconds / 2) === this.#lastLine) return;
    this.#lastLine = Math.floor(moment.seconds / 2);
    const total = (of: Readonly<Record<TopicName, number>>): number =>
      topics.reduce((sum, topic) => sum + of[topic], 0);
    this.say(
      `${moment.seconds.toFixed(0).padStart(4)} s  in ${total(moment.sent)}  out ${total(moment.received)}` +
        `  quarantined ${total(moment.quarantined)}  lag ${total(moment.lag)}  ${moment.rate.toFixed(0)} records/s`,
    );
  }

  #erase(): void {
    if (this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }
}

function counts(moment: Moment): readonly string[] {
  const row = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(18) : cell.padStart(12))).join('');
  return [
    `${BOLD}${row(['route', 'raw', 'sanitized', 'quarantined', 'lag'])}${RESET}   ${moment.rate.toFixed(0)} records/s`,
    ...topics.map((topic) => {
      const quarantined = moment.quarantined[topic];
      const line = row([
        topic,
        String(moment.sent[topic]),
        String(moment.received[topic]),
        String(quarantined),
        String(moment.lag[topic]),
      ]);
      return quarantined > 0 ? line.replace(/( +\d+)( +\d+)$/, `${RED}$1${RESET}$2`) : line;
    }),
  ];
}

/** One record, raw on the left and sanitized on the right, leaf by leaf. */
function sideBySide(pair: Pair, width: number, colour: boolean): readonly string[] {
  const left = [{ path: 'record key', text: pair.raw.key }, ...flatten(pair.raw.value)];
  const right = new Map(
    [{ path: 'record key', text: pair.key }, ...flatten(pair.sanitized)].map((leaf) => [
      leaf.path,
      leaf.text,
    ]),
  );
  const column = Math.floor((width - 34) / 2);
  const [dim, red, green, reset] = colour ? [DIM, RED, GREEN, RESET] : ['', '', '', ''];
  const cell = (text: string, size: number): string => {
    const plain = stripVTControlCharacters(text);
    return (plain.length > size ? `${plain.slice(0, size - 1)}…` : plain).padEnd(size);
  };
  return [
    `${colour ? BOLD : ''}${cell(pair.topic, 32)}${cell('raw', column)} sanitized${reset}`,
    ...left.map(({ path, text }) => {
      const after = right.get(path) ?? right.get(twin(path, right)) ?? '';
      const changed = after !== text;
      return (
        `${dim}${cell(path, 31)}${reset} ${changed ? red : dim}${cell(text, column)}${reset} ` +
        `${changed ? green : dim}${cell(after, column).trimEnd()}${reset}`
      );
    }),
  ];
}

/** The same place on the other side when a map key changed: same beginning, same depth. */
function twin(path: string, others: ReadonlyMap<string, string>): string {
  const [start = ''] = path.split('.');
  for (const other of others.keys())
    if (other.startsWith(`${start}.`) && path.includes('.')) return other;
  return '';
}
