/** One decision of the authorizer against what is declared. The request had come through the network, whatever was decided. */
import { anomaly, type FlowAnomalyCode } from './anomaly.ts';
import { nameOf, type Peer } from './peers.ts';
import type { Finding, Severity } from '../findings/finding.ts';
import type { FlowMap } from '../topology/flow-map.ts';
import type { Grant } from '../topology/grants.ts';
import type { Declared, TopicRole } from '../topology/placement.ts';
import type { KafkaRequest } from './observed-flow.ts';

/** Operations that touch records or topics; to describe is what every client does that lists topics. */
const strong: ReadonlySet<string> = new Set([
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'ALTER_CONFIGS',
]);

/** A request as the authorizer decided it. */
export interface DecidedRequest {
  readonly source: Peer;
  readonly request: KafkaRequest;
  readonly verdict: 'allowed' | 'denied';
  /** Whether a network log shows this source as denied at brokers, and never as allowed. */
  readonly networkDenied: boolean;
}

/** Who may do what with which topic, by the configuration. */
export class KafkaExpectations {
  readonly #roles = new Map<string, TopicRole>();
  readonly #grants: FlowMap['grants'];
  /** Topics of the clusters that an operator administers. */
  readonly #administered = new Map<string, Set<string>>();
  readonly #reachesBrokers = new Set<string>();

  constructor(map: FlowMap, { isolation, quarantine }: Pick<Declared, 'isolation' | 'quarantine'>) {
    this.#grants = map.grants;
    for (const { cluster, raw, open, quarantine: kept } of map.brokers) {
      for (const topic of kept) this.#role(topic, 'quarantine');
      for (const topic of open) this.#role(topic, 'open');
      for (const topic of raw) this.#role(topic, 'raw');
      for (const { name, administers } of isolation.operators) {
        if (!administers.includes(cluster)) continue;
        const id = `operator ${name}`;
        const topics = [...(this.#administered.get(id) ?? []), ...raw, ...open, ...kept];
        this.#administered.set(id, new Set(topics));
      }
    }
    this.#role(quarantine.topic, 'quarantine');
    for (const { from, to } of map.flows)
      if (to.startsWith('broker ')) this.#reachesBrokers.add(from);
  }

  /** What is wrong with a decision; null where nothing is, or where the topic is none of ours. */
  judge(decided: DecidedRequest): Finding | null {
    const { source, request } = decided;
    // Brokers ask each other; the map leaves that to them.
    if (source.parties.some(({ kind }) => kind === 'broker')) return null;
    const known = source.parties.some(({ id }) => this.#reachesBrokers.has(id));
    if (request.topic === null) return this.#other(decided, known);
    const role = this.#roles.get(request.topic);
    if (role === undefined) return null;
    const declared =
      this.#mayParty(source, request) ||
      // Who has the address is not known, but a denied principal that must be let in is an outage whoever it is.
      (decided.verdict === 'denied' && !source.resolved && this.#mayPrincipal(request));
    return decided.verdict === 'allowed'
      ? this.#allowed(decided, role, declared)
      : this.#denied(decided, role, declared, known);
  }

  #allowed(decided: DecidedRequest, role: TopicRole, declared: boolean): Finding | null {
    const touches = strong.has(decided.request.operation);
    if (declared || (!touches && role !== 'raw')) return null;
    if (decided.networkDenied)
      return found(
        'ACL_ALLOWED_NETWORK_DENIED',
        decided,
        `allowed on the ${role} topic, though the network denies this source`,
      );
    // The principal is a declared one, and the address may well be the declared pod's.
    if (!decided.source.resolved && this.#mayPrincipal(decided.request))
      return found(
        'ACL_ALLOWED_UNDECLARED',
        decided,
        `allowed on the ${role} topic to a declared principal, from an address that nobody knows`,
        'warning',
      );
    const severity = role === 'raw' && touches ? 'error' : 'warning';
    return found('ACL_ALLOWED_UNDECLARED', decided, `allowed on the ${role} topic`, severity);
  }

  #denied(
    decided: DecidedRequest,
    role: TopicRole,
    declared: boolean,
    known: boolean,
  ): Finding | null {
    if (declared) return found('ACL_DENIED_DECLARED', decided, `denied on the ${role} topic`);
    const message = known
      ? `denied on the ${role} topic, which is not among those declared for this peer`
      : `denied on the ${role} topic, and the network had let it through`;
    const severity = known && role !== 'raw' ? 'note' : 'warning';
    return found('ACL_DENIED_NETWORK_OPEN', decided, message, severity);
  }

  /** Groups, transactional ids and the cluster: only denials tell something. */
  #other(decided: DecidedRequest, known: boolean): Finding | null {
    if (decided.verdict === 'allowed') return null;
    if (this.#mayParty(decided.source, decided.request))
      return found('ACL_DENIED_DECLARED', decided, 'denied to a declared party');
    const message = known
      ? 'denied to a declared party, for whom it is not declared'
      : 'denied, and the network had let it through';
    return found('ACL_DENIED_NETWORK_OPEN', decided, message, known ? 'note' : 'warning');
  }

  #mayParty({ parties }: Peer, request: KafkaRequest): boolean {
    return parties.some(
      ({ id }) =>
        this.#grants.some((grant) => grant.party === id && covers(grant, request)) ||
        (request.topic !== null && this.#administered.get(id)?.has(request.topic) === true),
    );
  }

  #mayPrincipal(request: KafkaRequest): boolean {
    return this.#grants.some(
      (grant) => grant.principal === request.principal && covers(grant, request),
    );
  }

  /** The strictest role counts where clusters have topics of one name. */
  #role(topic: string, role: TopicRole): void {
    const strict = ['quarantine', 'open', 'raw'];
    const known = this.#roles.get(topic);
    if (known === undefined || strict.indexOf(role) > strict.indexOf(known))
      this.#roles.set(topic, role);
  }
}

/** Kafka's word for each kind of resource that is granted (`SecurityUtils.resourceTypeName`). */
const resources = { topic: 'Topic', group: 'Group', transactionalId: 'TransactionalId' } as const;

/** Whoever may read or write may describe (`AclOperation`, implied operations). */
function covers(grant: Grant, { resource, name, operation }: KafkaRequest): boolean {
  if (resources[grant.resource] !== resource || name === null) return false;
  const named = grant.pattern === 'literal' ? name === grant.name : name.startsWith(grant.name);
  const may = grant.operations.map((one) => one.toUpperCase());
  return named && (may.includes(operation) || operation === 'DESCRIBE');
}

function found(
  code: FlowAnomalyCode,
  { source, request }: DecidedRequest,
  message: string,
  severity?: Severity,
): Finding {
  const { operation, resource, name } = request;
  const principal =
    request.principal.length > 100 ? `${request.principal.slice(0, 100)}…` : request.principal;
  const what = name === null ? resource.toLowerCase() : `${resource.toLowerCase()} ${name}`;
  const from = nameOf(source);
  return anomaly(code, {
    subject: `${from} ${operation} ${what}`,
    message: `${message} (${principal})`,
    path: [from, 'Kafka', principal, what],
    ...(severity === undefined ? {} : { severity }),
  });
}
