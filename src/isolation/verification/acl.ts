/** Kafka's access control lists, and what its StandardAuthorizer makes of them. */
import type { AclBinding, AclOperation, AclResource } from '../../streaming/kafka/acl-binding.ts';

/** The lists of one cluster, and what of the brokers' configuration stands beside them. */
export interface ClusterAcls {
  readonly bindings: readonly AclBinding[];
  /** `super.users`; `null` where it isn't known. */
  readonly superUsers: readonly string[] | null;
  /** `allow.everyone.if.no.acl.found`; `null` where it isn't known. */
  readonly allowEveryoneIfNoAclFound: boolean | null;
}

/** By the name that the configuration gives the cluster; `null` where somebody else tells that its lists are not known. */
export type AclSnapshot = ReadonlyMap<string, ClusterAcls | null>;

/** Everybody. */
export const everyone = 'User:*';

/** One question to the authorizer. */
export interface AclQuestion {
  readonly principal: string;
  readonly operation: AclOperation;
  readonly resource: AclResource;
  readonly name: string;
}

/** Answers: by an entry, by the list of super users, or because no entry is about the resource. */
export type AclAnswer =
  | { readonly allowed: boolean; readonly by: 'binding'; readonly binding: AclBinding }
  | { readonly allowed: true; readonly by: 'super user' | 'no acl' }
  | { readonly allowed: false; readonly by: 'nothing' };

/** READ, WRITE, DELETE and ALTER imply DESCRIBE; ALTER_CONFIGS implies DESCRIBE_CONFIGS (Kafka, `StandardAuthorizerData.IMPLIES_DESCRIBE`). */
const implying: Readonly<Partial<Record<AclOperation, readonly AclOperation[]>>> = {
  DESCRIBE: ['READ', 'WRITE', 'DELETE', 'ALTER'],
  DESCRIBE_CONFIGS: ['ALTER_CONFIGS'],
};

/** Looks entries up by principal, so that a question costs a few of them however many there are. */
export class Authorizer {
  readonly #acls: ClusterAcls;
  readonly #byPrincipal: ReadonlyMap<string, readonly AclBinding[]>;

  constructor(acls: ClusterAcls) {
    this.#acls = acls;
    this.#byPrincipal = Map.groupBy(acls.bindings, ({ principal }) => principal);
  }

  /** Principals that any entry names, sorted; `User:*` among them. */
  get principals(): readonly string[] {
    return [...this.#byPrincipal.keys()].toSorted();
  }

  /**
   * Asks as StandardAuthorizer does: super users may do everything; a denying entry wins over allowing ones; where no entry is about the
   * resource, `allow.everyone.if.no.acl.found` decides. Hosts: an entry for one address denies or allows from there only, so an
   * allowing one counts in full and a denying one not at all: the answer errs on the open side.
   */
  ask(question: AclQuestion): AclAnswer {
    const { superUsers, allowEveryoneIfNoAclFound, bindings } = this.#acls;
    if (superUsers?.includes(question.principal) === true)
      return { allowed: true, by: 'super user' };
    const own = [question.principal, everyone].flatMap((one) => this.#byPrincipal.get(one) ?? []);
    const about = own.filter((binding) => isAbout(binding, question));
    const denying = about.find(
      ({ permission, host, operation }) =>
        permission === 'DENY' && host === '*' && [question.operation, 'ALL'].includes(operation),
    );
    if (denying !== undefined) return { allowed: false, by: 'binding', binding: denying };
    const enough = ['ALL', question.operation, ...(implying[question.operation] ?? [])];
    const allowing = about.find(
      ({ permission, operation }) => permission === 'ALLOW' && enough.includes(operation),
    );
    if (allowing !== undefined) return { allowed: true, by: 'binding', binding: allowing };
    if (allowEveryoneIfNoAclFound === true && !bindings.some((one) => isAbout(one, question)))
      return { allowed: true, by: 'no acl' };
    return { allowed: false, by: 'nothing' };
  }
}

/** Whether an entry is about the resource of a question. */
export function isAbout(
  { resource, name, pattern }: AclBinding,
  question: Pick<AclQuestion, 'resource' | 'name'>,
): boolean {
  if (resource !== question.resource) return false;
  if (pattern === 'PREFIXED') return question.name.startsWith(name);
  return name === '*' || name === question.name;
}
