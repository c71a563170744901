import { remedies } from '../anonymization/outcomes.ts';
import type { OutcomeCode } from '../anonymization/outcomes.ts';
import type { ShardReport, StreamingEvent } from '../streaming/telemetry.ts';
import type { TelemetryObserver } from './telemetry.ts';

/** What a dry run found for one schema of one route. */
export interface SchemaFinding {
  readonly route: string;
  /** Where the schema was found; once it has a plan, where its output schema belongs. */
  readonly subject: string;
  readonly schemaId: number;
  readonly plan: 'compiled' | 'refused';
  /** Why it has no plan: code and path of each leaf; unclassified ones have `LEAF_UNCLASSIFIED`. */
  readonly problems: readonly { readonly code: string; readonly path: string }[];
  /** Leaves that pass only because the route says so. */
  readonly passes: readonly string[];
}

export interface DryRunFindings {
  /** Records by route and outcome code. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly schemas: readonly SchemaFinding[];
  /** True when every record would have been written or dropped by a rule, and every schema has a plan. */
  readonly clean: boolean;
}

type Found = { -readonly [Key in keyof SchemaFinding]: SchemaFinding[Key] };

/** Adds up what a dry run reports: outcomes per route, and each schema's plan or the reasons why it has none. */
export class DryRunReport implements TelemetryObserver {
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly #schemas = new Map<string, Found>();

  report(report: ShardReport): void {
    for (const [route, { outcomes }] of Object.entries(report.routes)) {
      const sums = this.#outcomes.get(route) ?? new Map<string, number>();
      this.#outcomes.set(route, sums);
      for (const [code, count] of Object.entries(outcomes))
        sums.set(code, (sums.get(code) ?? 0) + count);
    }
  }

  event(event: StreamingEvent): void {
    if (event.event === 'plan.compiled') {
      const found = this.#found(event.route, event.schemaId);
      found.subject = event.subject;
      found.plan = 'compiled';
    } else if (event.event === 'plan.refused') {
      const found = this.#found(event.route, event.schemaId);
      found.subject = event.subject;
      found.plan = 'refused';
      found.problems = event.problems.map(({ code, path }) => ({ code, path }));
    } else if (event.event === 'plan.passes-unclassified')
      this.#found(event.route, event.schemaId).passes = event.paths;
  }

  findings(): DryRunFindings {
    const schemas = [...this.#schemas.values()];
    const codes = [...this.#outcomes.values()].flatMap((sums) => [...sums]);
    const refused = codes.some(
      ([code, count]) => count > 0 && code !== 'WRITTEN' && code !== 'DROPPED',
    );
    const clean = !refused && schemas.every(({ plan }) => plan === 'compiled');
    return { outcomes: this.#outcomes, schemas, clean };
  }

  #found(route: string, schemaId: number): Found {
    const id = `${route} ${schemaId}`;
    const found = this.#schemas.get(id) ?? {
      route,
      subject: '',
      schemaId,
      plan: 'compiled',
      problems: [],
      passes: [],
    };
    this.#schemas.set(id, found);
    return found;
  }
}

/** The report as text: one line per outcome with its remedy, then one per schema with the leaves that need a decision. */
export function renderDryRun({ outcomes, schemas, clean }: DryRunFindings): string {
  const lines = ['Dry run: nothing was written', ''];
  for (const [route, sums] of outcomes) {
    lines.push(`Route ${route}`);
    for (const [code, count] of sums) {
      const remedy = isOutcome(code) && code !== 'WRITTEN' ? `  ${remedies[code]}` : '';
      lines.push(`  ${String(count).padStart(12)}  ${code}${remedy}`);
    }
  }
  if (outcomes.size === 0) lines.push('No record was read');
  for (const { route, subject, schemaId, plan, problems, passes } of schemas) {
    const verb = plan === 'compiled' ? 'has a plan, to be written as' : 'is refused, found under';
    lines.push('', `Schema ${schemaId} (route ${route}) ${verb} "${subject}"`);
    for (const { code, path } of problems) lines.push(`  ${code}  ${path}`);
    for (const path of passes) lines.push(`  passes unclassified  ${path}`);
  }
  lines.push('', clean ? 'Nothing would be refused' : 'Some records would be refused: see above');
  return `${lines.join('\n')}\n`;
}

function isOutcome(code: string): code is OutcomeCode {
  return Object.hasOwn(remedies, code);
}
