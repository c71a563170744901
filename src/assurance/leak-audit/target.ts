/** Which topics are audited, and what each was made from. */
import { compileRoute, type DeclaredPlans } from '../../streaming/shard/declared-plans.ts';
import type { RouteSettings } from '../../streaming/settings.ts';

export interface Target {
  readonly route: RouteSettings;
  readonly cluster: string;
  readonly topic: string;
  /** The raw topic, whose name alone is used: its subjects hold the schemas that plans are made of. */
  readonly from: string;
  readonly declared: DeclaredPlans;
}

/**
 * Targets of all routes. Raw topics of routes by pattern are not listed, since the auditor has no right to see them: they are known by
 * their subjects.
 *
 * @throws PlanRefused where a route's key or header can't have its technique
 */
export function targetsOf(
  routes: readonly RouteSettings[],
  subjects: readonly string[],
): readonly Target[] {
  const exact = new Set(
    routes.flatMap(({ from }) => (from.topic === null ? [] : [`${from.cluster}/${from.topic}`])),
  );
  return routes.flatMap((route) => {
    const { from, to } = route;
    const declared = compileRoute(route);
    const target = (raw: string, topic: string): Target => ({
      route,
      cluster: to.cluster,
      topic,
      from: raw,
      declared,
    });
    if (from.topic !== null) return [target(from.topic, to.topic)];
    const pattern = new RegExp(`^(?:${from.pattern ?? ''})$`);
    return subjects.flatMap((subject) => {
      const raw = /^(.+)-value$/.exec(subject)?.[1];
      if (raw === undefined || !pattern.test(raw) || exact.has(`${from.cluster}/${raw}`)) return [];
      return [target(raw, raw.replace(pattern, to.topic))];
    });
  });
}

/** Whether subjects have to be asked for. */
export const hasPatterns = (routes: readonly RouteSettings[]): boolean =>
  routes.some(({ from }) => from.topic === null);
