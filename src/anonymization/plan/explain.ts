/** A plan for a reader: the table that a data-protection officer can sign, and the same as JSON. */
import type { LeafType } from '../schema/tree.ts';
import type { Plan, PlanStep, Reason } from './plan.ts';

/** One leaf of the table. */
export interface ExplainedLeaf {
  readonly path: string;
  readonly type: string;
  /** Differs from `type` only where the technique changes it. */
  readonly becomes: string;
  /** The technique with its parameters, as `mask keepLast=2 character=*`. */
  readonly technique: string;
  readonly domain: string;
  readonly reversible: boolean;
  readonly deterministic: boolean;
  readonly why: string;
}

/** A plan as printable data. */
export interface Explanation {
  readonly schema: string;
  readonly format: string;
  readonly sourceDigest: string;
  readonly digest: string;
  readonly leaves: readonly ExplainedLeaf[];
  /** How many leaves each technique has. */
  readonly summary: Readonly<Record<string, number>>;
  readonly passedUnclassified: readonly string[];
}

export function explain(plan: Plan): Explanation {
  const counts = new Map<string, number>();
  for (const { technique } of plan.steps)
    counts.set(technique.technique, (counts.get(technique.technique) ?? 0) + 1);
  return {
    schema: plan.name,
    format: plan.format,
    sourceDigest: plan.sourceDigest,
    digest: plan.digest,
    leaves: plan.steps.map((step) => explainStep(step, plan)),
    summary: Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1))),
    passedUnclassified: plan.passedUnclassified,
  };
}

/** The table for a terminal, with the summary and the digest below. */
export function renderPlan(plan: Plan): string {
  const { schema, leaves, summary, digest, sourceDigest, passedUnclassified } = explain(plan);
  const rows = leaves.map((leaf) => [
    leaf.path,
    leaf.becomes === leaf.type ? leaf.type : `${leaf.type} → ${leaf.becomes}`,
    leaf.technique,
    leaf.domain,
    leaf.why,
  ]);
  const counted = Object.entries(summary).map(([name, count]) => `${count} ${name}`);
  return [
    `plan of ${schema === '' ? plan.format : schema}`,
    '',
    ...renderTable(['path', 'type', 'technique', 'domain', 'why'], rows),
    '',
    `leaves      ${leaves.length}${counted.length > 0 ? `: ${counted.join(', ')}` : ''}`,
    ...(passedUnclassified.length > 0
      ? [`WARNING     passed without classification: ${passedUnclassified.join(', ')}`]
      : []),
    `source      ${sourceDigest}`,
    `plan digest ${digest}`,
    '',
  ].join('\n');
}

function explainStep(step: PlanStep, plan: Plan): ExplainedLeaf {
  const companion = plan.steps[step.companion];
  return {
    path: step.path,
    type: typeInWords(step.input),
    becomes: typeInWords(step.output),
    technique: [
      ...techniqueInWords(step),
      ...(companion === undefined ? [] : [`keyed-by=${companion.path}`]),
    ].join(' '),
    domain: step.domain,
    reversible: step.reversible,
    deterministic: step.deterministic,
    why: reasonInWords(step.why),
  };
}

function techniqueInWords({ technique }: PlanStep): readonly string[] {
  const { technique: name, ...parameters } = technique;
  // The domain has a column of its own, the subject is shown as what it was found to be; switches that are off say nothing.
  const shown = Object.entries(parameters).filter(
    ([key, value]) => key !== 'domain' && key !== 'subject' && value !== false && value !== '',
  );
  return [name, ...shown.map(([key, value]) => `${key}=${String(value)}`)];
}

function reasonInWords({ rule, match, sources }: Reason): string {
  const decided = match === '' ? rule : `${rule} ${match}`;
  return sources.length === 0 ? decided : `${decided} ← ${sources.join(', ')}`;
}

/** A leaf type as a schema author says it: `string`, `bytes decimal(9,2)`, `enum Status`. */
export function typeInWords(type: LeafType): string {
  switch (type.kind) {
    case 'enum':
      return `enum ${type.name}`;
    case 'fixed':
      return `fixed(${type.size})${logicalInWords(type)}`;
    case 'null':
    case 'boolean':
    case 'float':
    case 'double':
    case 'int':
    case 'long':
    case 'string':
    case 'bytes':
      return `${type.kind}${logicalInWords(type)}`;
  }
}

function logicalInWords(type: LeafType): string {
  if (!('logical' in type)) return '';
  const { logical } = type;
  return logical.name === 'decimal'
    ? ` decimal(${logical.precision},${logical.scale})`
    : ` ${logical.name}`;
}

function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)];
}
