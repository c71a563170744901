import { z } from 'zod';
import { diffPlans, renderDiff } from '../anonymization/plan/diff.ts';
import { renderPlan } from '../anonymization/plan/explain.ts';
import { techniqueSpecSchema } from '../anonymization/rules/technique-spec.ts';
import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { readText } from './files.ts';
import { compileInput } from './plan-input.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Plan } from '../anonymization/plan/plan.ts';
import type { PlanInput } from './plan-input.ts';
import type { Terminal } from './terminal.ts';

export interface PlanCommandOptions extends PlanInput {
  readonly json: boolean;
  /** A saved plan, or another file with rules for the same schema. */
  readonly diff: string | null;
}

/** `lethe plan`: what happens to every leaf, as a table, as JSON, or compared with another plan. */
export async function plan(options: PlanCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const { plan: compiled } = compileInput(options, terminal);
  if (options.diff === null) {
    const text = options.json ? JSON.stringify(compiled, null, 2) : renderPlan(compiled);
    return Promise.resolve(print(text, terminal));
  }
  const changes = diffPlans(otherPlan(options.diff, options, terminal), compiled);
  return print(options.json ? JSON.stringify(changes, null, 2) : renderDiff(changes), terminal);
}

function print(text: string, terminal: Terminal): ExitCode {
  terminal.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return exitCodes.ok;
}

function otherPlan(file: string, input: PlanInput, terminal: Terminal): Plan {
  const text = readText(file, '--diff');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return compileInput({ ...input, rules: file }, terminal).plan;
  }
  if (isPlan(value)) return value;
  throw new CliError(
    'CLI_OPTION_INVALID',
    `Name a plan that \`lethe plan --json\` printed, or a file with rules, for --diff: "${file}" is neither`,
  );
}

const savedPlan = z.looseObject({
  format: z.enum(['AVRO', 'JSON', 'PROTOBUF', 'RAW']),
  digest: z.string(),
  steps: z.array(
    z.looseObject({
      path: z.string(),
      input: z.looseObject({ kind: z.string() }),
      output: z.looseObject({ kind: z.string() }),
      technique: techniqueSpecSchema,
      domain: z.string(),
      companion: z.int(),
      why: z.looseObject({ rule: z.string(), match: z.string(), sources: z.array(z.string()) }),
    }),
  ),
});

function isPlan(value: unknown): value is Plan {
  return savedPlan.safeParse(value).success;
}
