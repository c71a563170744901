/** What Kafka's authorizer must let each party do: the same declaration as the flows, one layer up. */
import type { FlowContext } from './flow-map.ts';
import type { ClusterScene } from './flow-scene.ts';

export type GrantOperation = 'Create' | 'Describe' | 'Read' | 'Write';

/** Operations on one resource of one cluster, for one party. */
export interface Grant {
  /** Id of a party. */
  readonly party: string;
  /** Such as `User:crm`; `null` where it isn't declared. */
  readonly principal: string | null;
  readonly cluster: string;
  readonly resource: 'topic' | 'group' | 'transactionalId';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  /** Sorted. */
  readonly operations: readonly GrantOperation[];
}

/** The grants of the anonymizer and of every client, sorted, one for each resource. */
export function grantsOf(context: FlowContext): readonly Grant[] {
  const merged = new Map<string, Grant>();
  for (const grant of [...anonymizerGrants(context), ...clientGrants(context)]) {
    const { party, cluster, resource, name, pattern } = grant;
    const key = JSON.stringify([party, cluster, resource, name, pattern]);
    const operations = new Set([...(merged.get(key)?.operations ?? []), ...grant.operations]);
    merged.set(key, { ...grant, operations: [...operations].toSorted() });
  }
  return [...merged].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, grant]) => grant);
}

function* anonymizerGrants({ declared, scenes, anonymizer }: FlowContext): Generator<Grant> {
  const principal = declared.isolation.anonymizerPrincipal;
  const literal = { party: anonymizer.id, principal, pattern: 'literal' } as const;
  for (const scene of scenes.values()) {
    const cluster = scene.name;
    for (const [name, role] of scene.roles)
      yield {
        ...literal,
        cluster,
        resource: 'topic',
        name,
        operations: operationsOn(scene, name, role),
      };
    const reads = declared.routes.filter(({ from }) => from.cluster === cluster);
    if (reads.length === 0) continue;
    yield { ...literal, cluster, resource: 'group', name: declared.groupId, operations: ['Read'] };
    // Its transactional ids begin with the group and end with the name of the instance.
    if (reads.some(({ to }) => to.cluster === cluster))
      yield {
        ...literal,
        pattern: 'prefixed',
        cluster,
        resource: 'transactionalId',
        name: `${declared.groupId}-`,
        operations: ['Describe', 'Write'],
      };
  }
}

function operationsOn(
  scene: ClusterScene,
  topic: string,
  role: 'raw' | 'open' | 'quarantine',
): readonly GrantOperation[] {
  if (role === 'raw') return ['Describe', 'Read'];
  return scene.madeLater.has(topic) ? ['Create', 'Describe', 'Write'] : ['Describe', 'Write'];
}

function* clientGrants({ declared, scenes }: FlowContext): Generator<Grant> {
  for (const client of declared.isolation.clients) {
    const { cluster, principal, produces, consumes, groups, transactionalIds } = client;
    if (!scenes.has(cluster)) continue;
    const party = `client ${client.name}`;
    const literal = { party, principal, cluster, pattern: 'literal' } as const;
    for (const name of produces)
      yield { ...literal, resource: 'topic', name, operations: ['Describe', 'Write'] };
    for (const name of consumes)
      yield { ...literal, resource: 'topic', name, operations: ['Describe', 'Read'] };
    for (const name of groups) yield { ...literal, resource: 'group', name, operations: ['Read'] };
    for (const name of transactionalIds)
      yield { ...literal, resource: 'transactionalId', name, operations: ['Describe', 'Write'] };
  }
}
