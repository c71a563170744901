/** What embedders import: the anonymizer, its keys, and the words it speaks. */
export { Anonymizer } from './anonymization/anonymizer.ts';
export type {
  AnonymizerOptions,
  Outcome,
  RootKeys,
  SchemaInput,
  ValueCoordinates,
} from './anonymization/anonymizer.ts';
export { KeyRing } from './anonymization/crypto/key-ring.ts';
export { applyContainer } from './anonymization/formats/avro/container.ts';
export type {
  AnnotatedSchema,
  ContainerOptions,
  FileLimits,
} from './anonymization/formats/avro/container.ts';
export { applyJsonLines } from './anonymization/formats/avro/json-lines.ts';
export type { LinesOptions } from './anonymization/formats/avro/json-lines.ts';
export type { RecordLimits } from './anonymization/formats/rewriter.ts';
export type { Progress, RecordReport, Summary } from './anonymization/formats/summary.ts';
export { outcomeCodes, remedies } from './anonymization/outcomes.ts';
export type { OutcomeCode } from './anonymization/outcomes.ts';
export type { Plan, PlanStep, Reason, SchemaFormat } from './anonymization/plan/plan.ts';
export { parseRules } from './anonymization/rules/parse-rules.ts';
export type { Rules } from './anonymization/rules/rules.ts';
export { isLetheError, LetheError } from './foundation/errors.ts';
export type { Problem } from './foundation/errors.ts';
