/** Everything that can be found wrong before a record is touched. */
import type { Awaiting } from './awaiting.ts';
import { KafkaAdmin } from './kafka/admin.ts';
import { RegistryClient } from './registry/client.ts';
import { readKeyRing } from './shard/create-transformer.ts';
import { compileRoute } from './shard/declared-plans.ts';
import type { ResolvedTopics } from './shard/messages.ts';
import { PlanService } from './shard/plan-service.ts';
import { TopicResolver } from './shard/topics.ts';
import type { StreamingSettings } from './settings.ts';
import type { Telemetry } from './telemetry.ts';

/** Everything that belongs to one set of settings. */
export interface Prepared {
  readonly settings: StreamingSettings;
  readonly admins: ReadonlyMap<string, KafkaAdmin>;
  readonly registry: RegistryClient;
  readonly plans: PlanService;
  readonly resolved: ResolvedTopics;
}

/**
 * Keys → registry and clusters → topics → plans of known subjects.
 *
 * @throws KeyError, PlanRefused, RegistryError, KafkaError, ShardError; ShardError SERVICE_STATE when `awaiting` was interrupted
 */
export async function prepare(
  settings: StreamingSettings,
  telemetry: Telemetry,
  awaiting: Awaiting,
): Promise<Prepared> {
  (await readKeyRing(settings.keys)).wipe();
  for (const route of settings.routes) compileRoute(route);
  const registry = registryOf(settings, telemetry);
  const admins = new Map<string, KafkaAdmin>();
  try {
    const connect = async (name: string): Promise<void> => {
      const admin = await KafkaAdmin.connect(settings.clusters.get(name)!);
      if (awaiting.interrupted) await admin.close();
      else admins.set(name, admin);
    };
    // All at once, so that everything that is away is told.
    await Promise.all([
      awaiting.reach('registry', () => registry.check()),
      ...clustersOf(settings).map((name) => awaiting.reach(`kafka/${name}`, () => connect(name))),
    ]);
    const resolver = new TopicResolver(settings, admins, (event) => telemetry.event(event));
    const resolved = await awaiting.reach('topics', () => resolver.resolve());
    const plans = new PlanService({ settings, registry, telemetry });
    plans.route(resolved);
    await plans.preload();
    return { settings, admins, registry, plans, resolved };
  } catch (error) {
    awaiting.interrupt();
    await closePrepared({ admins, registry });
    throw error;
  }
}

export async function closePrepared({
  admins,
  registry,
}: Pick<Prepared, 'admins' | 'registry'>): Promise<void> {
  registry.close();
  await Promise.allSettled([...admins.values()].map((admin) => admin.close()));
}

function registryOf(settings: StreamingSettings, telemetry: Telemetry): RegistryClient {
  const { schemaBytes } = settings.service.limits;
  const observe = telemetry.registryCall.bind(telemetry);
  return new RegistryClient(settings.registry, { schemaBytes }, observe);
}

/** Clusters that a route or the quarantine topic uses. */
function clustersOf({ routes, quarantine }: StreamingSettings): readonly string[] {
  const used = routes.flatMap(({ from, to }) => [from.cluster, to.cluster]);
  return [...new Set([quarantine.cluster, ...used])];
}
