import type { KeyRing } from '../../crypto/key-ring.ts';
import { outcome, outcomeCodes } from '../../outcomes.ts';
import { compile } from '../../plan/compile.ts';
import type { Rules } from '../../rules/rules.ts';
import { parseAvroSchema } from '../../schema/avro.ts';
import type { SchemaNode } from '../../schema/tree.ts';
import { defaultRecordLimits } from '../limits.ts';
import { Packer } from '../pack.ts';
import type { RecordLimits } from '../rewriter.ts';
import type { Progress, RecordReport, Summary } from '../summary.ts';
import { Tally } from '../summary.ts';
import { isUtf8 } from '../utf8.ts';
import type { AnnotatedSchema } from './container.ts';
import { nowhere } from './container.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { JsonDecoder } from './json-decode.ts';
import { encodeJson, JsonMismatch } from './json-encode.ts';
import { parseJson } from './json-text.ts';
import type { Line } from './line-source.ts';
import { readLines } from './line-source.ts';
import { linkAvro } from './rewriter.ts';
import type { AvroRewriter } from './rewriter.ts';

/** What a run over JSON lines is given. */
export interface LinesOptions {
  /** The schema that the lines are values of. */
  readonly schema: AnnotatedSchema;
  readonly rules: Rules;
  readonly keys: KeyRing;
  readonly limits?: Partial<RecordLimits>;
  readonly onProgress?: (progress: Progress) => void;
  /** Called for each line that is not written. */
  readonly onOutcome?: (report: RecordReport) => void;
}

type Write = (chunk: Uint8Array) => Promise<void>;

const batchLines = 1024;
const batchBytes = 4 * 2 ** 20;
/** JSON text may take this many bytes for one byte of a binary value (`\u00ff`). */
const textPerByte = 6;
const decoder = new TextDecoder();

/**
 * Rewrites lines of JSON in Avro's JSON encoding through the same engine: text to binary, rewrite, binary to text. A line that is not a
 * value of the schema is quarantined; the others go on.
 *
 * @throws PlanRefused when the schema can't be parsed, or the rules do not decide every leaf
 */
export async function applyJsonLines(
  input: AsyncIterable<Uint8Array>,
  write: Write,
  options: LinesOptions,
): Promise<Summary> {
  const limits = { ...defaultRecordLimits, ...options.limits };
  const run = new LinesRun(options, limits);
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const text = run.flush();
    if (text !== '') await write(Buffer.from(text));
    options.onProgress?.({ records: run.tally.records, bytes });
  };
  for await (const line of readLines(
    counted(input, (more) => (bytes += more)),
    limits.recordBytes * textPerByte,
  )) {
    run.add(line);
    if (run.full) await flush();
  }
  await flush();
  return run.tally.summary();
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}

class LinesRun {
  readonly tally: Tally;
  readonly #source: SchemaNode;
  readonly #rewriter: AvroRewriter;
  readonly #decoder: JsonDecoder;
  readonly #depth: number;
  readonly #packer = new Packer();
  readonly #binary = new GrowingBytes();
  /** Per line of the batch: the outcome of its encoding, zero where it is in the packer. */
  #encoded: number[] = [];

  constructor(options: LinesOptions, limits: RecordLimits) {
    const { schema, rules } = options;
    const { text, references = [], metadata } = schema;
    const plan = compile({ schema: text, references, metadata, rules });
    this.tally = new Tally(options.onOutcome);
    this.#source = parseAvroSchema(text, references).root;
    this.#rewriter = linkAvro(plan, options.keys, limits);
    this.#decoder = new JsonDecoder(parseAvroSchema(plan.outputSchema, plan.outputReferences).root);
    this.#depth = limits.depth;
  }

  get full(): boolean {
    return this.#encoded.length >= batchLines || this.#packer.length >= batchBytes;
  }

  add(line: Line): void {
    this.#binary.clear();
    const result = line === null ? outcome.RECORD_TOO_LARGE : this.#encode(line);
    this.#encoded.push(result);
    if (result === 0) this.#packer.add(this.#binary.written());
  }

  #encode(line: Uint8Array): number {
    if (!isUtf8(line, 0, line.length)) return outcome.STRING_NOT_UTF8;
    try {
      encodeJson(this.#source, parseJson(decoder.decode(line)), this.#binary, this.#depth);
      return 0;
    } catch (error) {
      if (error instanceof JsonMismatch) return error.outcome;
      // A parser that runs out of stack says RangeError.
      return error instanceof RangeError ? outcome.RECORD_TOO_DEEP : outcome.JSON_INVALID;
    }
  }

  /** Rewrites what was added since, and returns it as text. */
  flush(): string {
    const { bytes, starts, outcomes, failedSteps } = this.#rewriter.rewrite(
      this.#packer.packed(),
      nowhere,
    );
    const lines: string[] = [];
    let record = 0;
    for (const encoded of this.#encoded) {
      const result = encoded === 0 ? outcomes[record]! : encoded;
      const step = encoded === 0 ? this.#rewriter.plan.steps[failedSteps[record]!] : undefined;
      this.tally.add(outcomeCodes[result]!, step?.path ?? '');
      if (result === outcome.WRITTEN)
        lines.push(`${this.#decoder.decode(bytes, starts[record]!)}\n`);
      if (encoded === 0) record += 1;
    }
    this.#packer.clear();
    this.#encoded = [];
    return lines.join('');
  }
}
