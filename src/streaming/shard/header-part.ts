import type { PackedValues, Rewriter } from '../../anonymization/formats/rewriter.ts';
import type { Coordinates } from '../../anonymization/techniques/column.ts';
import type { RecordColumns } from '../kafka/batches/record-columns.ts';
import { HeaderSections, HeaderSpans } from '../kafka/batches/record-headers.ts';
import { schemaIdHeader } from '../registry/framing.ts';
import { addStepCounts } from './rewritten-part.ts';
import type { RewrittenPart } from './rewritten-part.ts';

const keyHeader = Buffer.from(schemaIdHeader.key);
const valueHeader = Buffer.from(schemaIdHeader.value);

/** One header name that passes, and its occurrences in the batch at hand as columns for the rewriter. */
interface AllowedHeader {
  readonly name: Buffer;
  readonly rewriter: Rewriter;
  count: number;
  readonly starts: number[];
  readonly ends: number[];
  readonly records: number[];
}

/**
 * Headers: those on the route's list pass rewritten, in their order and as often as they occur; all others are dropped and counted.
 * Lists of plain numbers do here: records with headers are few compared to fields.
 */
export class HeaderPart {
  readonly #allowed: readonly AllowedHeader[];
  readonly #framing: 'prefix' | 'header';
  readonly #spans = new HeaderSpans();
  readonly #sections = new HeaderSections();
  /** Headers that pass, in order of appearance: record, index into `#allowed`, row in its columns. */
  readonly #order: number[] = [];
  /** What a failed header did to its record: row → outcome and path. */
  readonly failures = new Map<
    number,
    { readonly outcome: number; readonly path: string; readonly digest: string }
  >();
  dropped = 0;

  constructor(rewriters: ReadonlyMap<string, Rewriter>, framing: 'prefix' | 'header') {
    this.#framing = framing;
    this.#allowed = [...rewriters].map(([name, rewriter]) => ({
      name: Buffer.from(name),
      rewriter,
      count: 0,
      starts: [],
      ends: [],
      records: [],
    }));
  }

  /** Header sections for the writer, or `null` where no record has headers. */
  rewrite(
    records: RecordColumns,
    where: Coordinates,
    key: RewrittenPart,
    value: RewrittenPart,
  ): PackedValues | null {
    this.failures.clear();
    this.dropped = 0;
    if (this.#allowed.length === 0 && this.#framing === 'prefix') {
      for (let i = 0; i < records.count; i++) this.dropped += records.headerCounts[i]!;
      this.dropped -= key.fromHeaders + value.fromHeaders;
      return null;
    }
    this.#gather(records);
    const results = this.#allowed.map((header) => this.#rewriteHeader(header, records, where));
    return this.#scatter(records.count, results, key, value);
  }

  countSteps(into: Record<string, number>): void {
    for (const { rewriter } of this.#allowed) addStepCounts(rewriter, into);
  }

  #gather(records: RecordColumns): void {
    const { bytes, headerStarts, headerEnds, headerCounts, count } = records;
    const spans = this.#spans;
    this.#order.length = 0;
    for (const header of this.#allowed) header.count = 0;
    for (let row = 0; row < count; row++) {
      if (headerCounts[row] === 0) continue;
      spans.read(bytes, headerStarts[row]!, headerEnds[row]!);
      for (let i = 0; i < spans.count; i++) {
        const from = spans.nameStarts[i]!;
        const to = spans.nameEnds[i]!;
        const index = this.#allowed.findIndex(({ name }) => equals(name, bytes, from, to));
        if (index >= 0) {
          const header = this.#allowed[index]!;
          const at = header.count++;
          header.starts[at] = spans.valueStarts[i]!;
          header.ends[at] = spans.valueEnds[i]!;
          header.records[at] = row;
          this.#order.push(row, index, at);
        } else if (!equals(keyHeader, bytes, from, to) && !equals(valueHeader, bytes, from, to))
          this.dropped++;
      }
    }
  }

  #rewriteHeader(header: AllowedHeader, records: RecordColumns, where: Coordinates): PackedValues {
    const { count, rewriter } = header;
    const starts = Int32Array.from(header.starts.slice(0, count));
    const ends = Int32Array.from(header.ends.slice(0, count));
    const offsets = Float64Array.from(header.records.slice(0, count), (row) => where.offsets[row]!);
    const values = { count, bytes: records.bytes, starts, ends };
    const result = rewriter.rewrite(values, { ...where, offsets });
    for (let i = 0; i < count; i++) {
      if (result.outcomes[i] === 0) continue;
      const path = rewriter.plan.steps[result.failedSteps[i]!]?.path ?? '';
      const { digest } = rewriter.plan;
      this.failures.set(header.records[i]!, { outcome: result.outcomes[i]!, path, digest });
    }
    return result;
  }

  #scatter(
    count: number,
    results: readonly PackedValues[],
    key: RewrittenPart,
    value: RewrittenPart,
  ): PackedValues {
    const sections = this.#sections;
    sections.begin(count);
    let next = 0;
    for (let row = 0; row < count; row++) {
      sections.beginRecord();
      for (; this.#order[next] === row; next += 3) {
        const index = this.#order[next + 1]!;
        const at = this.#order[next + 2]!;
        const { bytes, starts, ends } = results[index]!;
        const start = starts[at]!;
        sections.add(
          this.#allowed[index]!.name,
          start < 0 ? null : bytes.subarray(start, ends[at]),
        );
      }
      if (this.#framing === 'prefix') continue;
      const keyFrame = key.frameOf(row);
      if (keyFrame !== null) sections.add(keyHeader, keyFrame);
      const valueFrame = value.frameOf(row);
      if (valueFrame !== null) sections.add(valueHeader, valueFrame);
    }
    return sections.values();
  }
}

function equals(name: Buffer, bytes: Buffer, from: number, to: number): boolean {
  return name.length === to - from && name.compare(bytes, from, to) === 0;
}
