/**
 * Which raw topics the routes take, and whether their targets can hold what comes: exact names and patterns against what is on the
 * clusters now.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { serializeError } from '../../foundation/errors.ts';
import type { Problem } from '../../foundation/errors.ts';
import type { KafkaAdmin, TopicToCreate } from '../kafka/admin.ts';
import type { TopicDescription } from '../kafka/topic-description.ts';
import type { RouteSettings, StreamingSettings } from '../settings.ts';
import type { StreamingEvent } from '../telemetry.ts';
import { ShardError } from './errors.ts';
import type { ShardErrorCode } from './errors.ts';
import { keyKeepsIdentity } from './declared-plans.ts';
import type { ResolvedTopic, ResolvedTopics } from './messages.ts';

/** What the resolver needs of a cluster's administration. */
export type TopicAdmin = Pick<KafkaAdmin, 'listTopics' | 'describeTopics' | 'createTopic'>;

type TopicProblem = Problem<ShardErrorCode>;

interface Candidate {
  readonly route: RouteSettings;
  readonly from: string;
  readonly to: string;
}

/** Partitions of a quarantine topic that lethe creates: it holds few records. */
const quarantinePartitions = 3;
/** How often, and every how many milliseconds, a topic that was created is looked for. */
const mostLooks = 50;
const lookEvery = 100;

export class TopicResolver {
  readonly #settings: StreamingSettings;
  readonly #admins: ReadonlyMap<string, TopicAdmin>;
  readonly #event: (event: StreamingEvent) => void;
  /** By `cluster/topic`, as they were at the last look. */
  readonly #described = new Map<string, TopicDescription>();
  #told: ReadonlySet<string> = new Set();

  constructor(
    settings: StreamingSettings,
    admins: ReadonlyMap<string, TopicAdmin>,
    event: (event: StreamingEvent) => void,
  ) {
    this.#settings = settings;
    this.#admins = admins;
    this.#event = event;
  }

  /**
   * Resolves all routes, creating what may be created.
   *
   * @throws ShardError with every problem found: ROUTE_LOOP, ROUTE_OVERLAP, TOPIC_MISSING, TOPIC_PARTITIONS_TOO_FEW,
   * TOPIC_COMPACTED_KEY_LOSSY
   */
  async resolve(): Promise<ResolvedTopics> {
    const { resolved, problems } = await this.look();
    const [first] = problems;
    if (first === undefined) return resolved;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    throw new ShardError(first.code, `${first.message}${more}`, { problems });
  }

  /** The same for routes that run already: a topic with a problem is left out and told, the others go on. */
  async look(): Promise<{
    readonly resolved: ResolvedTopics;
    readonly problems: readonly TopicProblem[];
  }> {
    const problems: TopicProblem[] = [];
    const candidates = this.#withoutLoops(await this.#candidates(problems), problems);
    const topics: ResolvedTopic[] = [];
    await this.#describeAll(candidates);
    for (const candidate of candidates) {
      const topic = await this.#check(candidate, problems);
      if (topic !== null) topics.push(topic);
    }
    const quarantine = await this.#quarantine(problems);
    this.#tell(problems);
    return { resolved: { topics, quarantinePartitions: quarantine }, problems };
  }

  /** Tells each problem once, for as long as it lasts. */
  #tell(problems: readonly TopicProblem[]): void {
    const told = this.#told;
    this.#told = new Set(problems.map(({ code, path }) => `${code} ${path}`));
    for (const { code, path, message } of problems)
      if (!told.has(`${code} ${path}`))
        this.#event({ event: 'topic.mismatch', topic: path, code, message });
  }

  /** Exact routes take their topic before patterns do; two of a kind for one topic are refused. */
  async #candidates(problems: TopicProblem[]): Promise<readonly Candidate[]> {
    const taken = new Map<string, Candidate>();
    const take = (candidate: Candidate): void => {
      const key = `${candidate.route.from.cluster}/${candidate.from}`;
      const other = taken.get(key);
      if (other === undefined) taken.set(key, candidate);
      else if (candidate.route.from.topic !== null || other.route.from.topic === null)
        problems.push({
          code: 'ROUTE_OVERLAP',
          path: candidate.from,
          message: `let only one of the routes "${other.route.name}" and "${candidate.route.name}" take "${candidate.from}"`,
        });
    };
    const { routes } = this.#settings;
    for (const route of routes)
      if (route.from.topic !== null) take({ route, from: route.from.topic, to: route.to.topic });
    const names = new Map<string, readonly string[]>();
    for (const route of routes) {
      if (route.from.pattern === null) continue;
      const pattern = patternOf(route.from.pattern);
      const { cluster } = route.from;
      const all = names.get(cluster) ?? (await this.#admin(cluster).listTopics());
      names.set(cluster, all);
      for (const from of [...all].sort())
        if (!from.startsWith('__') && pattern.test(from))
          take({ route, from, to: from.replace(pattern, route.to.topic) });
    }
    return [...taken.values()];
  }

  /** What lethe writes must never come back as input. */
  #withoutLoops(candidates: readonly Candidate[], problems: TopicProblem[]): readonly Candidate[] {
    const { quarantine } = this.#settings;
    return candidates.filter((candidate) => {
      const { route, from, to } = candidate;
      const ownQuarantine = route.from.cluster === quarantine.cluster && from === quarantine.topic;
      const takenAgain = this.#settings.routes.find((other) => takes(other, route.to.cluster, to));
      if (ownQuarantine)
        problems.push({
          code: 'ROUTE_LOOP',
          path: from,
          message: `make route "${route.name}" leave out the quarantine topic "${from}"`,
        });
      else if (takenAgain !== undefined)
        problems.push({
          code: 'ROUTE_LOOP',
          path: from,
          message: `choose another target for route "${route.name}": "${to}" is a source of route "${takenAgain.name}"`,
        });
      return !ownQuarantine && takenAgain === undefined;
    });
  }

  async #check(
    { route, from, to }: Candidate,
    problems: TopicProblem[],
  ): Promise<ResolvedTopic | null> {
    const problem = (code: ShardErrorCode, message: string): null => {
      problems.push({ code, path: from, message });
      return null;
    };
    const source = this.#described.get(`${route.from.cluster}/${from}`) ?? null;
    if (source === null)
      return problem('TOPIC_MISSING', `create "${from}", or allow lethe to describe and read it`);
    let target = this.#described.get(`${route.to.cluster}/${to}`) ?? null;
    if (target === null && route.to.create) target = await this.#create(route, to, source);
    if (target === null)
      return problem('TOPIC_MISSING', `create "${to}", or say \`create: true\` in its route`);
    if (route.partition === 'source' && target.partitions < source.partitions)
      return problem(
        'TOPIC_PARTITIONS_TOO_FEW',
        `give "${to}" ${source.partitions} partitions (it has ${target.partitions}), or say \`partition: rehash\``,
      );
    const { compacted } = target;
    if (compacted && !keyKeepsIdentity(route.key))
      return problem(
        'TOPIC_COMPACTED_KEY_LOSSY',
        `choose a key technique that keeps keys distinct, or another cleanup.policy: "${to}" is compacted and would lose records`,
      );
    return {
      route: route.name,
      fromCluster: route.from.cluster,
      from,
      toCluster: route.to.cluster,
      to,
      toPartitions: target.partitions,
      toMessageBytes: target.maxMessageBytes,
      toCompacted: compacted,
    };
  }

  async #create(
    route: RouteSettings,
    topic: string,
    source: TopicDescription,
  ): Promise<TopicDescription | null> {
    // A target created here must not drop what the source keeps, so a policy that the key can't bear is not copied.
    const compact = source.compacted && keyKeepsIdentity(route.key);
    return await this.#createTopic(route.to.cluster, {
      name: topic,
      partitions: route.to.partitions ?? source.partitions,
      replicationFactor: route.to.replicationFactor,
      configuration: compact ? { 'cleanup.policy': source.cleanupPolicy } : {},
    });
  }

  /** Creates a topic and waits until the brokers know it: a cluster answers for a while as if it weren't there. */
  async #createTopic(cluster: string, topic: TopicToCreate): Promise<TopicDescription | null> {
    const admin = this.#admin(cluster);
    try {
      await admin.createTopic(topic);
    } catch (error) {
      if (!serializeError(error).retriable) throw error;
    }
    for (let look = 0; look < mostLooks; look++) {
      const found = (await admin.describeTopics([topic.name])).get(topic.name);
      if (found !== undefined) {
        const { name, partitions } = found;
        this.#event({ event: 'topic.created', topic: name, partitions });
        return found;
      }
      await sleep(lookEvery);
    }
    return null;
  }

  /** The number of partitions of the quarantine topic; 1 when there is a problem with it. */
  async #quarantine(problems: TopicProblem[]): Promise<number> {
    const { cluster, topic, create } = this.#settings.quarantine;
    const admin = this.#admin(cluster);
    let found = (await admin.describeTopics([topic])).get(topic) ?? null;
    // Keys are coordinates, so compaction keeps each quarantined record once, for as long as nobody deletes it.
    if (found === null && create)
      found = await this.#createTopic(cluster, {
        name: topic,
        partitions: quarantinePartitions,
        replicationFactor: null,
        configuration: { 'cleanup.policy': 'compact' },
      });
    if (found !== null) return found.partitions;
    problems.push({
      code: 'TOPIC_MISSING',
      path: topic,
      message: `create the quarantine topic "${topic}", or say \`quarantine.create: true\``,
    });
    return 1;
  }

  /** One question per cluster for all topics of all routes. */
  async #describeAll(candidates: readonly Candidate[]): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    const want = (cluster: string, topic: string): void => {
      wanted.set(cluster, (wanted.get(cluster) ?? new Set()).add(topic));
    };
    for (const { route, from, to } of candidates) {
      want(route.from.cluster, from);
      want(route.to.cluster, to);
    }
    this.#described.clear();
    for (const [cluster, topics] of wanted)
      for (const [name, description] of await this.#admin(cluster).describeTopics([...topics]))
        this.#described.set(`${cluster}/${name}`, description);
  }

  #admin(cluster: string): TopicAdmin {
    return this.#admins.get(cluster)!;
  }
}

function takes(route: RouteSettings, cluster: string, topic: string): boolean {
  if (route.from.cluster !== cluster) return false;
  if (route.from.topic !== null) return route.from.topic === topic;
  return route.from.pattern !== null && patternOf(route.from.pattern).test(topic);
}

/** @throws ShardError ROUTE_PATTERN_INVALID */
function patternOf(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch (cause) {
    throw new ShardError(
      'ROUTE_PATTERN_INVALID',
      `write a regular expression instead of the pattern "${source}"`,
      { cause },
    );
  }
}
