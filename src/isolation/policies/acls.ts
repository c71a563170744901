/** What Kafka's authorizer is told, declaratively: a list of bindings, every operation that is needed and no wildcard. */
import type { FlowMap } from '../topology/flow-map.ts';
import type { Grant } from '../topology/grants.ts';

/** One binding, in the words of Kafka's `AclBinding`. */
interface Binding {
  readonly resourceType: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID';
  readonly name: string;
  readonly patternType: 'LITERAL' | 'PREFIXED';
  readonly principal: string;
  readonly host: '*';
  readonly operation: string;
  readonly permissionType: 'ALLOW';
}

const resourceTypes = {
  topic: 'TOPIC',
  group: 'GROUP',
  transactionalId: 'TRANSACTIONAL_ID',
} as const satisfies Readonly<Record<Grant['resource'], Binding['resourceType']>>;

/** All bindings by cluster, as JSON. Grants without principal are left out: findings tell them. */
export function renderAcls({ grants }: Pick<FlowMap, 'grants'>): string {
  const clusters: Record<string, Binding[]> = {};
  for (const grant of [...grants].toSorted(byIdentity)) {
    if (grant.principal === null) continue;
    const bindings = (clusters[grant.cluster] ??= []);
    for (const operation of grant.operations)
      bindings.push(bindingOf(grant, grant.principal, operation));
  }
  return `${JSON.stringify({ format: 'lethe-kafka-acls/1', clusters: sorted(clusters) }, null, 2)}\n`;
}

const bindingOf = (
  { resource, name, pattern }: Grant,
  principal: string,
  operation: string,
): Binding => ({
  resourceType: resourceTypes[resource],
  name,
  patternType: pattern === 'literal' ? 'LITERAL' : 'PREFIXED',
  principal,
  host: '*',
  operation: operation.toUpperCase(),
  permissionType: 'ALLOW',
});

function sorted(clusters: Readonly<Record<string, readonly Binding[]>>): object {
  const entries = Object.entries(clusters).map(([cluster, bindings]) => {
    const unique = new Map(bindings.map((binding) => [JSON.stringify(binding), binding]));
    return [cluster, [...unique.values()]] as const;
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const identity = ({ cluster, principal, resource, pattern, name, party }: Grant): string =>
  JSON.stringify([cluster, principal, resource, pattern, name, party]);

/** The order in which grants are written. */
export const byIdentity = (a: Grant, b: Grant): number =>
  identity(a) < identity(b) ? -1 : identity(a) > identity(b) ? 1 : 0;
