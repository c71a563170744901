import { link } from '../../anonymization/formats/link.ts';
import type { Rewriter } from '../../anonymization/formats/rewriter.ts';
import type { Plan } from '../../anonymization/plan/plan.ts';
import type { KeyRing } from '../../anonymization/crypto/key-ring.ts';
import type { RouteSettings, StreamingSettings } from '../settings.ts';
import { isTransactional } from '../kafka/record-batch-adapter.ts';
import { RecordBatchWriter } from '../kafka/batches/record-batch-writer.ts';
import { compileRoute } from './declared-plans.ts';
import { DeclaredKey } from './declared-key.ts';
import { HeaderPart } from './header-part.ts';
import type { ResolvedTopic } from './messages.ts';
import type { PlanStore } from './plan-store.ts';
import type { RewrittenPart } from './rewritten-part.ts';
import { SchemaPart } from './schema-part.ts';
import { TimestampPart } from './timestamp-part.ts';

/** Everything that the records of one raw topic run through. */
export interface TopicPipeline {
  readonly topic: ResolvedTopic;
  readonly route: RouteSettings;
  readonly key: RewrittenPart;
  readonly value: RewrittenPart;
  readonly headers: HeaderPart;
  readonly timestamp: TimestampPart;
  readonly writer: RecordBatchWriter;
  /** A record without key is quarantined: the route does something to keys, or the target topic is compacted. */
  readonly keyRequired: boolean;
}

/** Room that a batch needs beside `max.message.bytes`: the broker counts the batch header too, so only a little stays free. */
const batchMargin = 512;

/** Links what a route says about keys, headers and timestamps, and makes the parts of its pipeline. */
export function linkTopic(
  topic: ResolvedTopic,
  settings: StreamingSettings,
  keys: KeyRing,
  store: PlanStore,
): TopicPipeline {
  const route = settings.routes.find(({ name }) => name === topic.route)!;
  const { limits } = settings.service;
  const linked = (plan: Plan): Rewriter => link(plan, keys, limits);
  const place = { route: route.name, topic: topic.from };
  const declared = compileRoute(route);
  const headers = new Map([...declared.headers].map(([name, plan]) => [name, linked(plan)]));
  const { technique } = route.key.spec;
  return {
    topic,
    route,
    key:
      declared.key === null
        ? new SchemaPart(store, { ...place, part: 'key' }, route.framing)
        : new DeclaredKey(linked(declared.key)),
    value: new SchemaPart(store, { ...place, part: 'value' }, route.framing),
    headers: new HeaderPart(headers, route.framing),
    timestamp: new TimestampPart(declared.timestamp === null ? null : linked(declared.timestamp)),
    writer: new RecordBatchWriter({
      maxBatchBytes: Math.min(limits.outputBatchBytes, topic.toMessageBytes - batchMargin),
      transactional: isTransactional(
        settings.clusters.get(topic.fromCluster)!,
        settings.clusters.get(topic.toCluster)!,
      ),
    }),
    keyRequired: topic.toCompacted || (technique !== 'suppress' && technique !== 'keep'),
  };
}
