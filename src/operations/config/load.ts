import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ConfigError, configProblem } from './errors.ts';
import { parseConfig, parseRulesOf } from './parse.ts';
import type { LoadedConfig } from './loaded-config.ts';
import type { ParseContext, ParsedRules } from './parse.ts';

const largestFile = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration file with everything it refers to.
 *
 * @throws ConfigError with every problem found; nothing is half loaded
 */
export function loadConfig(path: string, env: Environment): LoadedConfig {
  const { text, context, files } = open(path, env);
  const parsed = parseConfig(text, context);
  return { ...parsed, files: [...files] };
}

/** What a reference stands for whose variable or file is in the pod only. */
const elsewhere = 'known-in-the-pod';

/**
 * Parses a configuration that was written for a pod, such as one out of a manifest. `lenient`: what its references name need not be here; a setting whose
 * value such a reference gives is then not to be relied on.
 *
 * @throws ConfigError with every problem found
 */
export function loadEmbedded(
  { name, text }: { readonly name: string; readonly text: string },
  env: Environment,
  lenient: boolean,
): LoadedConfig {
  const named = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, variable = '']) => variable);
  const absent = Object.fromEntries(named.map((variable) => [variable, elsewhere]));
  const known = Object.entries(env).filter(([, value]) => value !== undefined);
  const parsed = parseConfig(text, {
    file: name,
    env: lenient ? { ...absent, ...Object.fromEntries(known) } : env,
    cpus: availableParallelism(),
    resolvePath: (other) => resolve('/', other),
    readText: (file) => readText(file) ?? (lenient ? elsewhere : null),
  });
  return { ...parsed, files: [] };
}

/**
 * Reads only the rules of a configuration file, with those of one route on top where `route` names one.
 *
 * @throws ConfigError with every problem found
 */
export function loadRules(
  path: string,
  env: Environment,
  route: string | null = null,
): ParsedRules {
  const { text, context } = open(path, env);
  return parseRulesOf(text, context, route);
}

function open(path: string, env: Environment) {
  const file = resolve(path);
  const files = new Set([file]);
  const text = readText(file);
  if (text === null)
    throw new ConfigError(path, [
      configProblem('CONFIG_UNREADABLE', '', `provide the configuration file "${path}"`),
    ]);
  const context: ParseContext = {
    file: path,
    env,
    cpus: availableParallelism(),
    resolvePath: (other) => resolve(dirname(file), other),
    readText: (other) => {
      files.add(other);
      return readText(other);
    },
  };
  return { text, context, files };
}

/** Whole text of a small file; null where it can't be read, is too large, or isn't UTF-8. */
function readText(file: string): string | null {
  try {
    const bytes = readFileSync(file);
    return bytes.length > largestFile
      ? null
      : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
