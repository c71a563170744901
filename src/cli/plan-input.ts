import { compile } from '../anonymization/plan/compile.ts';
import { loadRules } from '../operations/config/load.ts';
import { readText } from './files.ts';
import type { ParsedRules } from '../operations/config/parse.ts';
import type { Plan } from '../anonymization/plan/plan.ts';
import type { NamedText } from '../anonymization/schema/avro.ts';
import type { Terminal } from './terminal.ts';

/** What `plan` and `apply` both ask for. */
export interface PlanInput {
  readonly schema: string;
  readonly rules: string;
  readonly route: string | null;
  /** Name that the schema uses → file. */
  readonly reference: ReadonlyMap<string, string>;
}

export interface CompiledInput extends ParsedRules {
  readonly plan: Plan;
  readonly schema: { readonly text: string; readonly references: readonly NamedText[] };
}

/**
 * Reads schema, references and rules, and compiles them. Warnings go to standard error.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`, ConfigError, PlanRefused
 */
export function compileInput(input: PlanInput, terminal: Terminal): CompiledInput {
  const parsed = loadRules(input.rules, terminal.env, input.route);
  for (const { path, message } of parsed.warnings)
    terminal.stderr.write(`Warning: ${path}: ${message}\n`);
  const references = [...input.reference].map(([name, file]) => ({
    name,
    text: readText(file, '--reference'),
  }));
  const text = readText(input.schema, '--schema');
  const plan = compile({ schema: text, references, rules: parsed.rules });
  return { ...parsed, plan, schema: { text, references } };
}
