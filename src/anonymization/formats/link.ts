import { FormatError } from './errors.ts';
import { linkAvro } from './avro/rewriter.ts';
import { linkRaw } from './raw.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Plan } from '../plan/plan.ts';
import type { RecordLimits, Rewriter } from './rewriter.ts';

/**
 * Binds a plan to keys: the result rewrites batches of unframed values on one thread.
 *
 * @throws FormatError `FORMAT_UNSUPPORTED`, `RAW_TYPE_UNSUPPORTED`
 */
export function link(plan: Plan, keys: KeyRing, limits: RecordLimits): Rewriter {
  switch (plan.format) {
    case 'AVRO':
      return linkAvro(plan, keys, limits);
    case 'RAW':
      return linkRaw(plan, keys, limits);
    case 'JSON':
    case 'PROTOBUF':
      throw new FormatError(
        'FORMAT_UNSUPPORTED',
        `Link a plan for "${plan.format}": only AVRO and RAW values can be rewritten`,
      );
  }
}
