import { compile } from '../../src/anonymization/plan/compile.ts';
import { renderPlan } from '../../src/anonymization/plan/explain.ts';
import { loadConfig } from '../../src/operations/config/load.ts';
import { topics } from './shop.ts';
import type { World } from './world.ts';

/** The table of each route: what will happen to every leaf. */
export function renderPlans(
  config: string,
  env: Readonly<Record<string, string>>,
  world: World,
): string {
  const { settings } = loadConfig(config, env);
  return topics
    .map((topic) => {
      const route = settings.routes.find(({ from }) => from.topic === world.raw(topic));
      if (route === undefined) throw new Error(`The configuration has no route for ${topic}`);
      const plan = compile({ schema: world.schemas[topic].text, rules: route.rules });
      return `${world.raw(topic)} → ${world.sanitized(topic)}\n\n${renderPlan(plan)}`;
    })
    .join('\n');
}
