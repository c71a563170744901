import { digestOf } from '../../foundation/digest.ts';
import { check } from '../techniques/catalogue.ts';
import { resolveSuppress } from '../techniques/suppress.ts';
import type { TechniqueSpec } from '../rules/technique-spec.ts';
import type { LeafType } from '../schema/tree.ts';
import { withDomain } from './domain.ts';
import type { Plan, PlanStep, ProgramNode } from './plan.ts';
import { PlanRefused } from './plan-refused.ts';

/** The type of a value without a schema. */
export type DeclaredType = 'string' | 'bytes' | 'uuid' | 'int' | 'long';

/** Where such a value stands in a record. */
export type DeclaredPath = '$key' | '$timestamp' | `$header.${string}`;

/**
 * Compiles the plan of a record key, a header or the timestamp: one leaf, format `RAW`. `scope` makes the default domain unique, as the name of
 * the route; keys that shall join name their domain.
 *
 * @throws PlanRefused `PLAN_REFUSED` when the technique does not fit the type.
 */
export function compileDeclared(
  type: DeclaredType,
  spec: TechniqueSpec,
  path: DeclaredPath,
  scope = '',
): Plan {
  const input = leafOf(type, path);
  // Kafka has null keys and headers, but no null timestamp.
  const nullable = path !== '$timestamp';
  const settled = spec.technique === 'suppress' ? resolveSuppress(spec, nullable) : spec;
  const effect = check(settled, input, nullable);
  if (!('output' in effect))
    throw refused(
      path,
      effect.map(({ message }) => message),
    );
  if (effect.removes)
    throw refused(path, ['use `as: null` or `as: empty`: a declared value is no field to remove']);
  if (path === '$timestamp' && effect.output.kind !== 'long')
    throw refused(path, ['use a technique that keeps the type: a timestamp is a number']);
  if (settled.technique === 'shift-date' && settled.subject !== undefined)
    throw refused(path, ['leave out the subject: a declared value has no other fields beside it']);
  const keyed = withDomain(settled, scope, path);
  const steps: readonly PlanStep[] = [
    {
      path,
      input,
      output: effect.output,
      technique: keyed.spec,
      domain: keyed.domain,
      companion: -1,
      deterministic: effect.deterministic,
      reversible: effect.reversible,
      why: { rule: 'declared', match: '', sources: [] },
    },
  ];
  const nodes: readonly ProgramNode[] = [{ op: 'leaf', step: 0 }];
  const program = { root: 0, nodes };
  const sourceDigest = digestOf({ type, path });
  return {
    format: 'RAW',
    name: '',
    sourceDigest,
    outputSchema: '',
    outputReferences: [],
    steps,
    program,
    digest: digestOf({ format: 'RAW', source: sourceDigest, steps, program }),
    passedUnclassified: [],
  };
}

function leafOf(type: DeclaredType, path: DeclaredPath): LeafType {
  // Kafka's record timestamp is milliseconds since the epoch (KIP-32).
  if (path === '$timestamp') return { kind: 'long', logical: { name: 'timestamp-millis' } };
  return type === 'uuid' ? { kind: 'string', logical: { name: 'uuid' } } : { kind: type };
}

function refused(path: string, messages: readonly string[]): PlanRefused {
  return new PlanRefused(
    messages.map((message) => ({ code: 'TECHNIQUE_NOT_APPLICABLE' as const, path, message })),
  );
}
