import { z } from 'zod';
import { configProblem } from './errors.ts';
import { renderPath } from './interpolate.ts';
import { nearestWord } from './nearest-word.ts';
import type { ConfigDocument, Path } from './document.ts';
import type { ConfigProblem } from './errors.ts';

type Issue = z.core.$ZodIssue;

/**
 * What zod says about each kind of fault, in our words: action first, never the value. Texts given beside a schema win over these.
 */
export const describeIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `add the key: ${article(issue.expected)} is needed`
        : `write ${article(issue.expected)}`;
    case 'too_small':
      return `write ${amount(issue.origin)} of at least ${String(issue.minimum)}`;
    case 'too_big':
      return `write ${amount(issue.origin)} of at most ${String(issue.maximum)}`;
    case 'invalid_value':
      return `write one of ${issue.values.map(String).join(', ')}${guess(issue.input, issue.values.map(String))}`;
    case 'invalid_union': {
      const known =
        'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      const word = 'discriminator' in issue ? issue.discriminator : undefined;
      const given: unknown =
        typeof issue.input === 'object' && issue.input !== null && typeof word === 'string'
          ? Reflect.get(issue.input, word)
          : undefined;
      return known.length === 0
        ? 'write one of the forms in the reference'
        : `write one of ${known.join(', ')}${guess(given, known)}`;
    }
    case 'invalid_key':
      return 'rename the key';
    case 'not_multiple_of':
    case 'invalid_format':
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'custom':
      return 'write a value of the form in the reference';
  }
};

/** Every fault of one parse, with path, place and remedy. `root` is the path of the parsed value in the file. */
export function problemsOf(
  issues: readonly Issue[],
  schema: z.core.$ZodType,
  document: ConfigDocument,
  value: unknown,
  root: Path = [],
): readonly ConfigProblem[] {
  return issues.flatMap((issue) => {
    const inner = pathOf(issue);
    const path = [...root, ...inner];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const close = nearestWord(key, keysAt(schema, inner));
        const hint = close === null ? '' : `: did you mean "${close}"?`;
        const message = `remove "${key}"${hint}`;
        return configProblem(
          'CONFIG_KEY_UNKNOWN',
          renderPath([...path, key]),
          message,
          document.positionOfKey(path, key),
        );
      });
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const branch = closest(issue.errors);
      return problemsOf(
        branch.map((nested) => ({ ...nested, path: [...issue.path, ...nested.path] })),
        schema,
        document,
        value,
        root,
      );
    }
    const missing = valueAt(value, inner) === undefined;
    const nested = issue.code === 'invalid_key' ? `: ${issue.issues[0]?.message ?? ''}` : '';
    return [
      configProblem(
        missing ? 'CONFIG_KEY_MISSING' : 'CONFIG_VALUE_INVALID',
        renderPath(path),
        `${issue.message}${nested}`,
        document.positionOf(path),
      ),
    ];
  });
}

/** The branch of a union that was most likely meant: not of another type altogether, and with the fewest faults. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const other = (issues: readonly Issue[]): number =>
    issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0) ? 1000 : 0;
  const sorted = [...branches].sort((a, b) => other(a) + a.length - other(b) - b.length);
  return sorted[0] ?? [];
}

/** Every key that the schema knows at a path, over all branches of unions. */
function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const [step, ...rest] = path;
  const at = unwrap(schema);
  return at.flatMap((node) => {
    if (node instanceof z.ZodObject) {
      const shape: Readonly<Record<string, z.core.$ZodType>> = node.shape;
      if (step === undefined) return Object.keys(shape);
      const child = shape[String(step)];
      return child === undefined ? [] : keysAt(child, rest);
    }
    if (step === undefined) return [];
    if (node instanceof z.ZodRecord) return keysAt(node.valueType, rest);
    if (node instanceof z.ZodArray) return keysAt(node.element, rest);
    return [];
  });
}

function unwrap(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap);
  return [schema];
}

export function valueAt(value: unknown, path: Path): unknown {
  let node = value;
  for (const step of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined;
    node = Reflect.get(node, step);
  }
  return node;
}

function pathOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
}

function guess(given: unknown, known: readonly string[]): string {
  const close = typeof given === 'string' ? nearestWord(given, known) : null;
  return close === null ? '' : `: did you mean "${close}"?`;
}

function article(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    int: 'a whole number',
    array: 'a list',
    object: 'a group of keys',
    record: 'a group of keys',
    string: 'text',
    boolean: 'true or false',
  };
  return words[expected] ?? `a ${expected}`;
}

function amount(origin: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text with a length',
    array: 'a list with a length',
  };
  return words[origin] ?? 'a number';
}
