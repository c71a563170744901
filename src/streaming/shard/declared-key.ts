import { outcome } from '../../anonymization/outcomes.ts';
import type {
  PackedValues,
  RewrittenValues,
  Rewriter,
} from '../../anonymization/formats/rewriter.ts';
import type { Coordinates } from '../../anonymization/techniques/column.ts';
import type { RecordColumns } from '../kafka/batches/record-columns.ts';
import { recordKeys } from '../kafka/batches/record-batch-reader.ts';
import { addStepCounts } from './rewritten-part.ts';
import type { RewrittenPart } from './rewritten-part.ts';

/** Record keys of a declared type, without a schema. */
export class DeclaredKey implements RewrittenPart {
  readonly fromHeaders = 0;
  readonly #rewriter: Rewriter;
  #result: RewrittenValues;

  constructor(rewriter: Rewriter) {
    this.#rewriter = rewriter;
    const none = new Int32Array(0);
    const bytes = new Uint8Array(16);
    const outcomes = new Uint8Array(0);
    this.#result = { count: 0, bytes, starts: none, ends: none, outcomes, failedSteps: none };
  }

  get values(): PackedValues {
    return this.#result;
  }

  get outcomes(): Uint8Array {
    return this.#result.outcomes;
  }

  prepare(): null {
    return null;
  }

  rewrite(records: RecordColumns, where: Coordinates): void {
    const result = this.#rewriter.rewrite(recordKeys(records), where);
    const { outcomes } = result;
    for (let i = 0; i < records.count; i++)
      if (outcomes[i] === outcome.VALUE_TYPE_MISMATCH) outcomes[i] = outcome.KEY_TYPE_MISMATCH;
    this.#result = result;
  }

  pathOf(row: number): string {
    return this.#rewriter.plan.steps[this.#result.failedSteps[row]!]?.path ?? '';
  }

  schemaIdOf(): null {
    return null;
  }

  digestOf(): string {
    return this.#rewriter.plan.digest;
  }

  frameOf(): null {
    return null;
  }

  countSteps(into: Record<string, number>): void {
    addStepCounts(this.#rewriter, into);
  }
}
