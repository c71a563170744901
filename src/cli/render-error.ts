import { isLetheError, serializeError } from '../foundation/errors.ts';
import type { Problem } from '../foundation/errors.ts';

const mostProblems = 200;

/**
 * An error for people: code, what to do, then every problem with its place. Errors of other makers show their class and code only, since
 * their text may quote a record. `debug` adds the frames of the stack, never its text.
 */
export function renderError(error: unknown, debug: boolean): string {
  const { code, message, problems } = serializeError(error);
  const lines = [`lethe: ${code}: ${message}`];
  const alone = problems.length === 1 && problems[0]?.message === message;
  if (!alone) {
    for (const problem of problems.slice(0, mostProblems)) lines.push(...renderProblem(problem));
    if (problems.length > mostProblems) lines.push(`  and ${problems.length - mostProblems} more`);
  }
  if (!isLetheError(error))
    lines.push('  this is a fault of lethe: run again with --debug and report it');
  if (debug) lines.push(...frames(error));
  return `${lines.join('\n')}\n`;
}

function renderProblem(problem: Problem): readonly string[] {
  const { code, path, message } = problem;
  const place = placeOf(problem);
  const head = [`  ${code}`, path, place].filter((part) => part !== '').join('  ');
  const remedy: unknown = 'remedy' in problem ? problem.remedy : undefined;
  return [
    head,
    `      ${message}`,
    ...(typeof remedy === 'string' ? [`      remedy: ${remedy}`] : []),
  ];
}

function placeOf(problem: Problem): string {
  const position: unknown = 'position' in problem ? problem.position : null;
  if (typeof position !== 'object' || position === null) return '';
  if (!('line' in position) || !('column' in position)) return '';
  return `(line ${String(position.line)}, column ${String(position.column)})`;
}

function frames(error: unknown): readonly string[] {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at !== error) lines.push(`  caused by ${at.name}`);
    lines.push(...(at.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)));
  }
  return lines;
}
