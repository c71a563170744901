import { configProblem } from './errors.ts';
import type { ConfigProblem, Position } from './errors.ts';
import type { Path } from './document.ts';

/** Where references are looked up; files and environment come in as functions so that parsing stays pure. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file, or null where it can't be read. */
  readonly readText: (file: string) => string | null;
}

export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** JSON paths (joined by NUL) of the values that came from outside the file. */
  readonly replaced: ReadonlySet<string>;
}

const reference = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const deepestNesting = 64;
const envName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces `${NAME}` by the environment variable and `${file:/path}` by the text of the file (one trailing line break is cut, as
 * Secrets made by hand often have one) in every string. `$${` stands for a literal `${`. Keys are never replaced, results are not
 * read again: a replaced text that holds `${` stays as it is.
 */
export function interpolate(
  value: unknown,
  positionOf: (path: Path) => Position | null,
  surroundings: Surroundings,
  root: Path = [],
): Interpolated {
  const problems: ConfigProblem[] = [];
  const replaced = new Set<string>();
  const refuse = (
    code: Parameters<typeof configProblem>[0],
    path: Path,
    message: string,
  ): string => {
    problems.push(configProblem(code, renderPath([...root, ...path]), message, positionOf(path)));
    return '';
  };

  const lookUp = (inner: string, path: Path): string => {
    if (inner.startsWith('file:')) {
      const file = inner.slice('file:'.length);
      if (!file.startsWith('/'))
        return refuse('CONFIG_REFERENCE_SYNTAX', path, 'write an absolute path after "file:"');
      const text = surroundings.readText(file);
      return text === null
        ? refuse('CONFIG_FILE_MISSING', path, `provide the file "${file}": it can't be read`)
        : text.replace(/\r?\n$/, '');
    }
    if (!envName.test(inner))
      return refuse('CONFIG_REFERENCE_SYNTAX', path, 'write ${NAME} with letters, digits and "_"');
    const text = Object.hasOwn(surroundings.env, inner) ? surroundings.env[inner] : undefined;
    return text ?? refuse('CONFIG_ENV_MISSING', path, `set the environment variable "${inner}"`);
  };

  const text = (raw: string, path: Path): string =>
    raw.replace(reference, (match: string, inner: string | undefined) => {
      if (match === '$${') return '${';
      if (inner === undefined)
        return refuse('CONFIG_REFERENCE_SYNTAX', path, 'close the reference with "}"');
      replaced.add(path.join('\0'));
      return lookUp(inner, path);
    });

  // An alias may stand inside the very collection that it names; such a circle is refused, not followed.
  const ancestors = new Set<object>();
  const walk = (node: unknown, path: Path): unknown => {
    if (typeof node === 'string') return text(node, path);
    if (typeof node !== 'object' || node === null) return node;
    if (ancestors.has(node) || path.length > deepestNesting)
      return refuse(
        'CONFIG_NOT_YAML',
        path,
        'flatten the file: it nests too deep or contains itself',
      );
    ancestors.add(node);
    const copy = children(node, path);
    ancestors.delete(node);
    return copy;
  };

  const children = (node: object, path: Path): unknown => {
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, index]));
    const entries = Object.entries(node);
    const forbidden = entries.find(([key]) => key === '__proto__');
    if (forbidden) refuse('CONFIG_KEY_UNKNOWN', path, 'remove the key "__proto__"');
    return Object.fromEntries(
      entries
        .filter((entry) => entry !== forbidden)
        .map(([key, child]) => [key, walk(child, [...path, key])]),
    );
  };

  return { value: walk(value, []), problems, replaced };
}

/** A configuration path as operators read it: `routes[0].from.topic`, `rules.fields["address.zip"]`. */
export function renderPath(path: Path): string {
  let out = '';
  for (const step of path) {
    if (typeof step === 'number') out += `[${step}]`;
    else if (/^[\w$-]+$/.test(step)) out += out === '' ? step : `.${step}`;
    else out += `[${JSON.stringify(step)}]`;
  }
  return out;
}
