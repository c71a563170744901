/** The chart as Helm renders it, for tests. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { helm } from '../rig/go-tools.ts';

export const chartFolder = join(import.meta.dirname, '..', '..', 'helm', 'lethe');

/** Files of ci/, one feature each. */
export const features = readdirSync(join(chartFolder, 'ci')).sort();

/** A file of the chart as text. */
export const chartFile = (path: string): string => readFileSync(join(chartFolder, path), 'utf8');

export interface Rendering {
  /** Names of files in ci/; a later one wins. */
  readonly values?: readonly string[];
  /** YAML over them. */
  readonly over?: string;
  /** Helm's own `--set`, such as `a.b=c`. */
  readonly set?: readonly string[];
  readonly release?: string;
  readonly namespace?: string;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs Helm. */
export async function runHelm(args: readonly string[], stdin = ''): Promise<Outcome> {
  const program = await helm();
  return new Promise((resolve) => {
    const child = execFile(program, args, { maxBuffer: 64 << 20 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin?.end(stdin);
  });
}

const rendered = new Map<string, Promise<Outcome>>();

/** `helm template` of the chart for a current Kubernetes; rendered once for the same arguments. */
export function template(rendering: Rendering = {}): Promise<Outcome> {
  const key = JSON.stringify(rendering);
  const known = rendered.get(key) ?? templateAnew(rendering);
  rendered.set(key, known);
  return known;
}

/** `helm template`, whatever was rendered before. */
export function templateAnew(rendering: Rendering): Promise<Outcome> {
  const { values = ['minimal-values.yaml'], over = '', set = [] } = rendering;
  const { release = 'lethe', namespace = 'lethe' } = rendering;
  return runHelm(
    [
      ...['template', release, chartFolder, '--namespace', namespace, '--kube-version', '1.36.0'],
      ...values.flatMap((file) => ['--values', join(chartFolder, 'ci', file)]),
      ...(over === '' ? [] : ['--values', '-']),
      ...set.flatMap((one) => ['--set', one]),
    ],
    over,
  );
}

/** An object as the API server would get it. */
export interface Rendered {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly object: unknown;
}

/** Renders and parses. */
export async function render(rendering: Rendering = {}): Promise<readonly Rendered[]> {
  const { code, out, err } = await template(rendering);
  assert.equal(code, 0, err);
  return parseAllDocuments(out).flatMap((document) => {
    assert.deepEqual(document.errors, []);
    const object = document.toJS() as unknown;
    if (object === null) return [];
    return [
      {
        kind: String(at(object, 'kind')),
        name: String(at(object, 'metadata', 'name')),
        namespace: at(object, 'metadata', 'namespace') as string | undefined,
        object,
      },
    ];
  });
}

/** What stands below the keys; undefined where nothing does. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Readonly<Record<string | number, unknown>>)[key];
  }
  return here;
}

/** A list below the keys; empty where nothing is. */
export const listAt = (
  value: unknown,
  ...path: readonly (string | number)[]
): readonly unknown[] => {
  const found = at(value, ...path) ?? [];
  assert.ok(Array.isArray(found), path.join('.'));
  return found as readonly unknown[];
};

/** The one object of this kind and name. */
export function only(objects: readonly Rendered[], kind: string, name?: string): unknown {
  const found = objects.filter(
    (one) => one.kind === kind && (name === undefined || one.name === name),
  );
  assert.equal(found.length, 1, `${kind} ${name ?? ''}: ${found.map((one) => one.name).join()}`);
  return found[0]!.object;
}

/** Objects of a kind. */
export const all = (objects: readonly Rendered[], kind: string): readonly Rendered[] =>
  objects.filter((one) => one.kind === kind);

/** Every pod that the objects make, with the name of what makes it. */
export function pods(
  objects: readonly Rendered[],
): readonly { readonly of: string; readonly spec: unknown; readonly labels: unknown }[] {
  return objects.flatMap(({ kind, name, object }) => {
    const pod = kind === 'Pod' ? object : at(object, 'spec', 'template');
    const spec = at(pod, 'spec');
    return spec === undefined || kind.startsWith('Validating')
      ? []
      : [{ of: `${kind}/${name}`, spec, labels: at(pod, 'metadata', 'labels') }];
  });
}
