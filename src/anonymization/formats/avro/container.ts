import type { KeyRing } from '../../crypto/key-ring.ts';
import { outcomeCodes } from '../../outcomes.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Rules } from '../../rules/rules.ts';
import { parseAvroSchema } from '../../schema/avro.ts';
import type { NamedText } from '../../schema/avro.ts';
import type { Coordinates } from '../../techniques/column.ts';
import { FormatError } from '../errors.ts';
import { defaultRecordLimits } from '../limits.ts';
import type { RecordLimits } from '../rewriter.ts';
import type { Progress, RecordReport, Summary } from '../summary.ts';
import { Tally } from '../summary.ts';
import { ByteSource } from './byte-source.ts';
import type { ContainerBlock, ContainerHeader } from './container-file.ts';
import { deriveSync, readBlock, readHeader, renderBlock, renderHeader } from './container-file.ts';
import type { AvroRewriter } from './rewriter.ts';
import { linkAvro } from './rewriter.ts';
import { sameWire } from './same-wire.ts';

/** Limits of a run over a file. */
export interface FileLimits extends RecordLimits {
  /** Bytes of a block of a container, compressed and not. */
  readonly blockBytes: number;
}

/** A schema to use in place of the one in the file: the same types and names, with annotations. */
export interface AnnotatedSchema {
  readonly text: string;
  readonly references?: readonly NamedText[];
  /** The registry's metadata object. */
  readonly metadata?: unknown;
}

/** What a run over a container file is given. */
export interface ContainerOptions {
  readonly rules: Rules;
  readonly keys: KeyRing;
  /** Default: the schema in the file. */
  readonly schema?: AnnotatedSchema;
  readonly limits?: Partial<FileLimits>;
  readonly onProgress?: (progress: Progress) => void;
  /** Called for each record that is not written. */
  readonly onOutcome?: (report: RecordReport) => void;
}

type Write = (chunk: Uint8Array) => Promise<void>;

/** Records per call of the rewriter. */
const batch = 4096;
const slack = 16;
const defaultBlockBytes = 256 * 2 ** 20;
/** A file has no coordinates: techniques derive from key, path and value alone. */
export const nowhere: Coordinates = { topic: null, partition: 0, offsets: new Float64Array(0) };

/**
 * Rewrites an Avro object container file, block by block: same codec, output schema of the plan, and a sync marker derived from plan and
 * source, so that the same file always gives the same bytes.
 *
 * @throws FormatError `CONTAINER_…` for a file that can't be read
 * @throws PlanRefused when the rules do not decide every leaf
 */
export async function applyContainer(
  input: AsyncIterable<Uint8Array>,
  write: Write,
  options: ContainerOptions,
): Promise<Summary> {
  const limits = { ...defaultRecordLimits, blockBytes: defaultBlockBytes, ...options.limits };
  const source = new ByteSource(input);
  const header = await readHeader(source);
  const plan = planFor(header, options);
  const rewriter = linkAvro(plan, options.keys, limits);
  const tally = new Tally(options.onOutcome);
  const target = targetHeader(plan, header);
  await write(renderHeader(target));
  for (;;) {
    const block = await readBlock(source, header, limits.blockBytes);
    if (block === null) return tally.summary();
    const rewritten = rewriteBlock(rewriter, block, limits, tally);
    if (rewritten.records > 0) await write(renderBlock(target, rewritten));
    options.onProgress?.({ records: tally.records, bytes: source.taken });
  }
}

function planFor(header: ContainerHeader, { schema, rules }: ContainerOptions): Plan {
  if (schema === undefined) return compile({ schema: header.schema, rules });
  const given = parseAvroSchema(schema.text, schema.references);
  if (!sameWire(given.root, parseAvroSchema(header.schema).root)) {
    throw new FormatError(
      'CONTAINER_SCHEMA_DIFFERENT',
      'Give the schema that the file was written with: types or names differ from the one in the file',
    );
  }
  const { text, references = [], metadata } = schema;
  return compile({ schema: text, references, metadata, rules });
}

function targetHeader(plan: Plan, { codec, sync }: ContainerHeader): ContainerHeader {
  return { schema: plan.outputSchema, codec, sync: deriveSync(plan.digest, sync) };
}

function rewriteBlock(
  rewriter: AvroRewriter,
  block: ContainerBlock,
  limits: RecordLimits,
  tally: Tally,
): ContainerBlock {
  const bytes = new Uint8Array(block.content.length + slack);
  bytes.set(block.content);
  const ends = splitBlock(rewriter, bytes, block, limits);
  const starts = new Int32Array(ends.length);
  starts.set(ends.subarray(0, -1), 1);
  const parts: Uint8Array[] = [];
  let records = 0;
  for (let first = 0; first < ends.length; first += batch) {
    const last = Math.min(first + batch, ends.length);
    const result = rewriter.rewrite(
      {
        count: last - first,
        bytes,
        starts: starts.subarray(first, last),
        ends: ends.subarray(first, last),
      },
      nowhere,
    );
    for (let record = 0; record < result.count; record++) {
      const step = rewriter.plan.steps[result.failedSteps[record]!];
      tally.add(outcomeCodes[result.outcomes[record]!]!, step?.path ?? '');
      if (result.outcomes[record] === 0) records += 1;
    }
    // Records that are not written take no room in the result, so that what is written lies together.
    parts.push(result.bytes.slice(0, result.ends[result.count - 1]));
  }
  return { records, content: Buffer.concat(parts) };
}

/** Where each record of a block ends. A record that can't be measured hides all that follow it, so the file is refused. */
function splitBlock(
  rewriter: AvroRewriter,
  bytes: Uint8Array,
  block: ContainerBlock,
  limits: RecordLimits,
): Int32Array {
  const size = block.content.length;
  // Records of no bytes are legal (a null, an empty record), but their number must not be taken on trust.
  if (block.records > size + limits.items)
    throw invalid('it declares more records than it can hold');
  const ends = new Int32Array(block.records);
  let at = 0;
  for (let record = 0; record < block.records; record++) {
    at = rewriter.measure(bytes, at, size);
    if (at < 0) throw invalid(`a record breaks a rule: ${outcomeCodes[-at]!}`);
    ends[record] = at;
  }
  if (at !== size) throw invalid('bytes follow its last record');
  return ends;
}

function invalid(reason: string): FormatError {
  return new FormatError(
    'CONTAINER_BLOCK_INVALID',
    `Check the file: a block can't be split into records: ${reason}`,
  );
}
