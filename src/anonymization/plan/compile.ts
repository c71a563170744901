import { confluentTags } from '../annotations/confluent-tags.ts';
import { lethe } from '../annotations/lethe.ts';
import { metadataTags } from '../annotations/metadata-tags.ts';
import { digestOf } from '../../foundation/digest.ts';
import { parseAvroSchema, type AvroSchema, type NamedText } from '../schema/avro.ts';
import { defaultSchemaLimits, type SchemaLimits } from '../schema/json-text.ts';
import { SchemaError } from '../schema/schema-error.ts';
import type { Rules } from '../rules/rules.ts';
import { linkCompanions } from './companion.ts';
import { deriveOutputSchema } from './output-schema.ts';
import type { Plan, PlanStep, SchemaFormat } from './plan.ts';
import { PlanProblems, PlanRefused } from './plan-refused.ts';
import { refuseCollisions } from './union-collisions.ts';
import { verifyOutputSchema } from './verify-output.ts';
import { defaultPlanLimits, Walk, type PlanLimits, type Walked } from './walk.ts';

/** A schema as a registry keeps it, and the operator's rules. */
export interface CompileInput {
  /** Default `AVRO`, as in the registry. */
  readonly format?: SchemaFormat;
  /** The schema text. */
  readonly schema: string;
  /** The texts of the schemas that it refers to; default none. */
  readonly references?: readonly NamedText[];
  /** The registry's metadata object, whose `tags` are read; default none. */
  readonly metadata?: unknown;
  readonly rules: Rules;
  /** Protobuf only: the full name of the message. */
  readonly messageName?: string;
  readonly limits?: { readonly schema?: SchemaLimits; readonly plan?: PlanLimits };
}

/**
 * Compiles a total plan: every leaf of the schema is decided, or there is no plan.
 *
 * @throws PlanRefused `PLAN_REFUSED`, whose `problems` list every reason found with the path of the leaf.
 */
export function compile(input: CompileInput): Plan {
  const problems = new PlanProblems();
  const schema = parse(input);
  const walked = annotateAndDecide(schema, input, problems);
  const steps = linkCompanions(walked, problems.report);
  refuseCollisions(walked.nodes, steps, problems.report);
  problems.refuseIfAny();
  const plan = sign(schema, walked, steps);
  verifyOutputSchema(plan.outputSchema, { ...walked, steps }, problems.report);
  problems.refuseIfAny();
  return plan;
}

function parse({ format = 'AVRO', schema, references, limits }: CompileInput): AvroSchema {
  if (format !== 'AVRO')
    throw new PlanRefused([
      {
        code: 'FORMAT_UNSUPPORTED',
        path: '',
        message: `use an Avro schema: ${format} is not read yet`,
      },
    ]);
  try {
    return parseAvroSchema(schema, references, limits?.schema ?? defaultSchemaLimits);
  } catch (error) {
    if (error instanceof SchemaError)
      throw new PlanRefused(
        error.problems.map(({ path, message, code }) => ({
          code: code as SchemaError['code'],
          path,
          message,
        })),
        error,
      );
    throw error;
  }
}

function annotateAndDecide(
  schema: AvroSchema,
  { metadata, rules, limits }: CompileInput,
  problems: PlanProblems,
): Walked {
  const external = metadataTags(metadata, problems.report);
  const walk = new Walk({
    rules,
    dialects: [confluentTags, external, lethe],
    problems,
    limits: limits?.plan ?? defaultPlanLimits,
    scope: nameOf(schema),
  });
  const walked = walk.run(schema.root);
  external.reportUnmatched(problems.report);
  return walked;
}

/** Puts digest and output schema on a decided program. The digest leaves the output schema out, because that one shows the digest. */
function sign(schema: AvroSchema, walked: Walked, steps: readonly PlanStep[]): Plan {
  const name = nameOf(schema);
  const program = { root: walked.root, nodes: walked.nodes };
  const [root, ...references] = schema.documents;
  const sourceDigest = digestOf(references.length === 0 ? root : { schema: root, references });
  const digest = digestOf({ format: 'AVRO', source: sourceDigest, steps, program });
  return {
    format: 'AVRO',
    name,
    sourceDigest,
    outputSchema: deriveOutputSchema({ ...walked, steps, digest }),
    outputReferences: [],
    steps,
    program,
    digest,
    passedUnclassified: passed(steps),
  };
}

function passed(steps: readonly PlanStep[]): readonly string[] {
  return steps
    .filter(({ technique, why }) => technique.technique === 'keep' && why.rule === 'unclassified')
    .map(({ path }) => path);
}

/** The full name of the root, where it is a named type. */
function nameOf({ root }: AvroSchema): string {
  if (root.kind === 'record') return root.name;
  if (root.kind !== 'leaf') return '';
  return root.type.kind === 'enum' || root.type.kind === 'fixed' ? root.type.name : '';
}
