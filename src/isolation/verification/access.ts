/** ACLs and network paths side by side: each should have the other. */
import type { AclBinding, AclOperation } from '../../streaming/kafka/acl-binding.ts';
import { Authorizer, everyone, type ClusterAcls } from './acl.ts';
import { some } from './words.ts';
import type { Finding } from '../findings/finding.ts';
import type { Grant } from '../topology/grants.ts';
import type { Scene } from './scene.ts';

/** Compares; nothing where ACLs are not known. `unreached`: parties with a declared flow that policies deny. */
export function accessFindings(scene: Scene): readonly Finding[] {
  const { acls, flows } = scene.input;
  if (acls === null) return [];
  const clusters = new Set(flows.brokers.map(({ cluster }) => cluster));
  return [...clusters].toSorted().flatMap((cluster) => {
    const raw = [
      ...new Set(flows.brokers.filter((one) => one.cluster === cluster).flatMap((one) => one.raw)),
    ].toSorted();
    const lists = acls.get(cluster);
    if (lists === undefined) return raw.length === 0 ? [] : [unknown(cluster)];
    if (lists === null) return [];
    const authorizer = new Authorizer(lists);
    const grants = flows.grants.filter((one) => one.cluster === cluster);
    return [
      ...broad(cluster, lists, raw),
      ...excess(cluster, authorizer, lists, raw, grants),
      ...withoutAcl(cluster, authorizer, grants),
      ...withoutPath(scene, cluster, authorizer, raw, grants),
    ];
  });
}

const plain = { deciders: [], path: [] } as const;

const unknown = (cluster: string): Finding => ({
  ...plain,
  code: 'NOTHING_TO_JUDGE',
  severity: 'error',
  subject: `ACLs of ${cluster}`,
  message: `ACLs are given, and none of cluster "${cluster}", which holds raw topics`,
  remedy: 'add its ACLs, or leave ACLs out altogether',
});

/** Operations by which records come out or in. */
const access: readonly AclOperation[] = ['READ', 'WRITE'];
const opening: ReadonlySet<AclOperation> = new Set(['ALL', 'READ', 'WRITE', 'ALTER', 'DELETE']);

/** Entries that name everybody, or nobody in particular, and settings that do. */
function* broad(
  cluster: string,
  { bindings, allowEveryoneIfNoAclFound, superUsers }: ClusterAcls,
  raw: readonly string[],
): Generator<Finding> {
  const finding = (subject: string, message: string, remedy: string): Finding => ({
    ...plain,
    code: 'ACL_BROAD',
    severity: 'error',
    subject: `${cluster} ${subject}`,
    message,
    remedy,
  });
  for (const binding of bindings) {
    const { permission, operation, principal, resource } = binding;
    if (permission !== 'ALLOW' || resource !== 'TOPIC' || !opening.has(operation)) continue;
    const topics = raw.filter((topic) => covers(binding, topic));
    if (topics.length === 0) continue;
    if (principal === everyone || principal === 'User:ANONYMOUS')
      yield finding(
        principal,
        `${textOf(binding)} opens raw ${some(topics)} to ${principal === everyone ? 'everybody' : 'whoever does not say who they are'}`,
        'remove the entry, and name principals one by one',
      );
    else if (binding.pattern === 'PREFIXED' || binding.name === '*')
      yield {
        ...finding(
          principal,
          `${textOf(binding)} covers raw ${some(topics)} and every topic that will be named so`,
          'name topics one by one (literal)',
        ),
        severity: 'warning',
      };
  }
  if (allowEveryoneIfNoAclFound === true)
    yield finding(
      'allow.everyone.if.no.acl.found',
      'allow.everyone.if.no.acl.found opens every topic that no ACL is about to everybody',
      'set it to false',
    );
  if (superUsers?.includes(everyone) === true || superUsers?.includes('User:ANONYMOUS') === true)
    yield finding(
      'super.users',
      'super.users names everybody or User:ANONYMOUS: no ACL binds them',
      'name administrators one by one',
    );
}

const covers = ({ pattern, name }: AclBinding, topic: string): boolean =>
  pattern === 'PREFIXED' ? topic.startsWith(name) : name === '*' || name === topic;

const textOf = ({ principal, operation, pattern, name }: AclBinding): string =>
  `ALLOW ${principal} ${operation} on ${pattern === 'PREFIXED' ? 'topics beginning with ' : 'topic '}"${name}"`;

/** Named principals at raw topics that no declaration puts there. */
function excess(
  cluster: string,
  authorizer: Authorizer,
  { superUsers }: ClusterAcls,
  raw: readonly string[],
  grants: readonly Grant[],
): readonly Finding[] {
  return authorizer.principals
    .filter((principal) => principal !== everyone && principal !== 'User:ANONYMOUS')
    .filter((principal) => superUsers?.includes(principal) !== true)
    .flatMap((principal) => {
      const may = raw.flatMap((topic) =>
        access
          .filter(
            (operation) =>
              authorizer.ask({ principal, operation, resource: 'TOPIC', name: topic }).by ===
                'binding' &&
              authorizer.ask({ principal, operation, resource: 'TOPIC', name: topic }).allowed &&
              !authorizer.ask({ principal: everyone, operation, resource: 'TOPIC', name: topic })
                .allowed,
          )
          .filter((operation) => !declared(grants, principal, topic, operation))
          .map((operation) => `${operation} ${topic}`),
      );
      if (may.length === 0) return [];
      return [
        {
          ...plain,
          code: 'ACL_EXCESS',
          severity: 'error' as const,
          subject: `${cluster} ${principal}`,
          message: `the authorizer lets ${principal} do what no declaration asks for: ${some(may)}`,
          path: [principal, ...may.slice(0, 1)],
          remedy: 'remove the ACL, or declare the client with this principal',
        },
      ];
    });
}

const declared = (
  grants: readonly Grant[],
  principal: string,
  topic: string,
  operation: AclOperation,
): boolean =>
  grants.some(
    (grant) =>
      grant.principal === principal &&
      grant.resource === 'topic' &&
      grant.name === topic &&
      grant.operations.some((one) => one.toUpperCase() === operation),
  );

const resources = { topic: 'TOPIC', group: 'GROUP', transactionalId: 'TRANSACTIONAL_ID' } as const;
const operations = {
  Create: 'CREATE',
  Describe: 'DESCRIBE',
  Read: 'READ',
  Write: 'WRITE',
} as const;

/** Declared principals that Kafka would turn away. */
function withoutAcl(
  cluster: string,
  authorizer: Authorizer,
  grants: readonly Grant[],
): readonly Finding[] {
  const lacking = new Map<string, { principal: string; party: string; what: string[] }>();
  for (const { party, principal, resource, name, operations: wanted } of grants) {
    if (principal === null) continue;
    for (const operation of wanted) {
      const question = { principal, resource: resources[resource], name };
      if (authorizer.ask({ ...question, operation: operations[operation] }).allowed) continue;
      const found = lacking.get(party) ?? { principal, party, what: [] };
      lacking.set(party, found);
      found.what.push(`${operation} ${resource} ${name}`);
    }
  }
  return [...lacking.values()].map(({ principal, party, what }) => ({
    ...plain,
    code: 'ACL_MISSING',
    severity: 'error',
    subject: party,
    message: `${party} (${principal}) may reach cluster "${cluster}", and its authorizer denies ${some(what)}`,
    remedy: 'add the ACLs of `lethe network generate --flavour kafka-acl`',
  }));
}

/** Parties that Kafka would let at raw topics whose holders they can't reach. */
function withoutPath(
  scene: Scene,
  cluster: string,
  authorizer: Authorizer,
  raw: readonly string[],
  grants: readonly Grant[],
): readonly Finding[] {
  const parties = new Map<string, string>();
  for (const { party, principal } of scene.input.flows.grants)
    if (principal !== null && grants.some((one) => one.party === party))
      parties.set(party, principal);
  return [...parties].flatMap(([party, principal]) => {
    const stuck = raw.filter((topic) => {
      const may = access.some(
        (operation) =>
          authorizer.ask({ principal, operation, resource: 'TOPIC', name: topic }).allowed,
      );
      return may && !reachesHolders(scene, party, cluster, topic);
    });
    if (stuck.length === 0) return [];
    return [
      {
        ...plain,
        code: 'ACL_WITHOUT_PATH',
        severity: 'warning' as const,
        subject: party,
        message: `the authorizer lets ${party} (${principal}) at raw ${some(stuck)}, and the network doesn't let it at every broker that holds it`,
        remedy: 'remove the ACL, or declare that the client uses the topic',
      },
    ];
  });
}

/** Whether every pod of the party reaches a Kafka port of every holder whose place is known. */
function reachesHolders(scene: Scene, party: string, cluster: string, topic: string): boolean {
  const holders = [...scene.brokers].filter(
    ([, broker]) => broker.cluster === cluster && broker.raw.includes(topic),
  );
  const { reachability } = scene.base;
  return scene.actorsOf(party).every((actor) => {
    const source = scene.base.source(actor.label);
    return holders.every(([id, { port, openPort }]) =>
      scene.actorsOf(id).every(({ label }) => {
        const destination = scene.base.destination(label);
        if (source === undefined || destination === undefined) return true;
        const open = reachability.between(source, destination);
        return open.contains('TCP', port) || open.contains('TCP', openPort);
      }),
    );
  });
}
