/** A stream of bytes to flows, line by line, with what could not be read counted and told once. */
import { FlowLogError } from './errors.ts';
import { formatOf, lineParser } from './formats.ts';
import { LineSplitter, longestLine } from './line-splitter.ts';
import {
  faultTexts,
  type LineFault,
  type LineParser,
  type ParsedLine,
  type SkipReason,
} from './parsed-line.ts';
import type { FlowFormat, FlowVerdict, ObservedFlow } from './observed-flow.ts';

/** What became of the lines of one stream; empty lines are none. */
export interface LineCounts {
  readonly lines: number;
  readonly flows: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Malformed lines by fault, with the number of the first one. */
  readonly malformed: Readonly<Partial<Record<LineFault, { count: number; first: number }>>>;
}

export interface FlowReaderOptions {
  /** Told once for each kind of fault, with the number of the line. */
  readonly onFault?: (line: number, fault: LineFault, text: string) => void;
  /** Verdict of netfilter packets whose rule does not tell it; default `unknown`. */
  readonly unmarked?: FlowVerdict;
  /** Bytes that one line may have. */
  readonly longestLine?: number;
  /** Named in errors; default `the flow log`. */
  readonly name?: string;
}

/** Lines, and characters of them, that are looked at before an unknown format is given up. */
const mostUndecided = { lines: 1000, characters: 4 * 1024 * 1024 };

/** Reads one stream. Bytes are pushed in pieces of any size; flows come out in the order of their lines. */
export class FlowReader {
  readonly #options: FlowReaderOptions;
  readonly #splitter: LineSplitter;
  readonly #skipped: Partial<Record<SkipReason, number>> = {};
  readonly #malformed: Partial<Record<LineFault, { count: number; first: number }>> = {};
  #parser: LineParser | null;
  #format: FlowFormat | null;
  #undecided: { text: string | null; number: number }[] = [];
  #characters = 0;
  #number = 0;
  #lines = 0;
  #flows = 0;

  /** @param format null to tell it from the first lines */
  constructor(format: FlowFormat | null, options: FlowReaderOptions = {}) {
    this.#options = options;
    this.#splitter = new LineSplitter(options.longestLine ?? longestLine);
    this.#format = format;
    this.#parser = format === null ? null : lineParser(format, options.unmarked);
  }

  /** The format; null while it is not told yet. */
  get format(): FlowFormat | null {
    return this.#format;
  }

  get counts(): LineCounts {
    return {
      lines: this.#lines,
      flows: this.#flows,
      skipped: { ...this.#skipped },
      malformed: { ...this.#malformed },
    };
  }

  /** The flows of the lines that end in this piece. @throws FlowLogError `FLOWS_FORMAT_UNKNOWN` */
  push(chunk: Uint8Array): ObservedFlow[] {
    const flows: ObservedFlow[] = [];
    for (const line of this.#splitter.push(chunk)) this.#take(line, flows);
    return flows;
  }

  /**
   * The flows of what stands behind the last line end.
   *
   * @param cut whether the stream was ended from outside, so that this is a part of a line and is left out
   * @throws FlowLogError `FLOWS_FORMAT_UNKNOWN`, `FLOWS_NOT_UNDERSTOOD` where not one line was sound, `FLOWS_EMPTY` where there was none
   */
  end(cut = false): ObservedFlow[] {
    const flows: ObservedFlow[] = [];
    const last = cut ? undefined : this.#splitter.end();
    if (last !== undefined) this.#take(last, flows);
    const name = this.#options.name ?? 'the flow log';
    if (this.#lines === 0)
      throw new FlowLogError('FLOWS_EMPTY', `Name a log with entries: ${name} has no line`);
    if (this.#parser === null) throw this.#unknown();
    const bad = Object.values(this.#malformed).reduce((sum, { count }) => sum + count, 0);
    if (bad === this.#lines) {
      const problems = Object.entries(this.#malformed).map(([fault, { first }]) => ({
        code: 'FLOWS_NOT_UNDERSTOOD',
        path: `${name}:${first}`,
        message: faultTexts[fault as LineFault],
      }));
      throw new FlowLogError(
        'FLOWS_NOT_UNDERSTOOD',
        `Check --format: not one line of ${name} is an entry of the format ${this.#format ?? ''}`,
        { problems },
      );
    }
    return flows;
  }

  #take(text: string | null, flows: ObservedFlow[]): void {
    this.#number += 1;
    if (text?.trim() === '') return;
    this.#lines += 1;
    if (this.#parser !== null) {
      this.#read(this.#parser, text, this.#number, flows);
      return;
    }
    this.#undecided.push({ text, number: this.#number });
    this.#characters += text?.length ?? 0;
    const format = text === null ? null : formatOf(text);
    if (format === null) {
      const { lines, characters } = mostUndecided;
      if (this.#undecided.length >= lines || this.#characters > characters) throw this.#unknown();
      return;
    }
    this.#format = format;
    const parser = lineParser(format, this.#options.unmarked);
    this.#parser = parser;
    const waiting = this.#undecided;
    this.#undecided = [];
    for (const one of waiting) this.#read(parser, one.text, one.number, flows);
  }

  #read(parser: LineParser, text: string | null, number: number, flows: ObservedFlow[]): void {
    const parsed: ParsedLine =
      text === null ? { kind: 'malformed', fault: 'too-long' } : parser.parse(text, number);
    switch (parsed.kind) {
      case 'flow':
        this.#flows += 1;
        flows.push(parsed.flow);
        return;
      case 'skipped':
        this.#skipped[parsed.reason] = (this.#skipped[parsed.reason] ?? 0) + 1;
        return;
      case 'malformed': {
        const { fault } = parsed;
        const known = this.#malformed[fault];
        if (known !== undefined) {
          known.count += 1;
          return;
        }
        this.#malformed[fault] = { count: 1, first: number };
        this.#options.onFault?.(number, fault, faultTexts[fault]);
      }
    }
  }

  #unknown(): FlowLogError {
    const name = this.#options.name ?? 'the flow log';
    return new FlowLogError(
      'FLOWS_FORMAT_UNKNOWN',
      `Name the format with --format: the first ${this.#undecided.length} lines of ${name} are of none that is known`,
    );
  }
}

/**
 * The flows of a stream, one by one, as slowly as they are taken.
 *
 * @param format null to tell it from the first lines
 * @throws FlowLogError as {@link FlowReader}
 */
export async function* parseFlows(
  format: FlowFormat | null,
  stream: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  options: FlowReaderOptions = {},
): AsyncGenerator<ObservedFlow> {
  const reader = new FlowReader(format, options);
  for await (const chunk of stream) yield* reader.push(Buffer.from(chunk as string));
  yield* reader.end();
}
