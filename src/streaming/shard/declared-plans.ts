import { compileDeclared } from '../../anonymization/plan/declared.ts';
import type { Plan } from '../../anonymization/plan/plan.ts';
import { check } from '../../anonymization/techniques/catalogue.ts';
import type { KeySettings, RouteSettings } from '../settings.ts';

/** The plans of everything in a record that has no schema. */
export interface DeclaredPlans {
  /** `null` where keys have a schema. */
  readonly key: Plan | null;
  readonly headers: ReadonlyMap<string, Plan>;
  /** `null` where timestamps are kept. */
  readonly timestamp: Plan | null;
}

/**
 * Compiles what a route declares. A header's value is text, as Kafka's own conventions have it; only `keep` and `suppress`, which don't look
 * into a value, take any bytes.
 *
 * @throws PlanRefused PLAN_REFUSED where a technique does not fit
 */
export function compileRoute(route: RouteSettings): DeclaredPlans {
  const { key, headers, timestamp, name: scope } = route;
  const plans = new Map<string, Plan>();
  for (const [name, spec] of headers) {
    const opaque = spec.technique === 'keep' || spec.technique === 'suppress';
    const type = opaque ? 'bytes' : 'string';
    plans.set(name, compileDeclared(type, spec, `$header.${name}`, scope));
  }
  return {
    key: key.type === 'avro' ? null : compileDeclared(key.type, key.spec, '$key', scope),
    headers: plans,
    timestamp:
      timestamp.technique === 'keep'
        ? null
        : compileDeclared('long', timestamp, '$timestamp', scope),
  };
}

/**
 * Whether different keys stay different and equal ones equal, wherever they stand: what a compacted topic needs, since it keeps one
 * record per key. A key with a schema is judged as text.
 */
export function keyKeepsIdentity({ type, spec }: KeySettings): boolean {
  const leaf =
    type === 'uuid'
      ? ({ kind: 'string', logical: { name: 'uuid' } } as const)
      : ({ kind: type === 'avro' ? 'string' : type } as const);
  const effect = check(spec, leaf, true);
  return 'output' in effect && effect.deterministic && effect.injective;
}
