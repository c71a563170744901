/** ACLs from a file: what `kafka-acls.sh --list` prints, or JSON that can also say what the brokers' configuration says. */
import { z } from 'zod';
import { LetheError, type Problem } from '../../foundation/errors.ts';
import { aclOperations, aclResources, type AclBinding } from '../../streaming/kafka/acl-binding.ts';
import type { ClusterAcls } from './acl.ts';

/** Why a file holds no ACLs that can be relied on. */
export type AclErrorCode = 'ACL_TEXT_INVALID' | 'ACL_JSON_INVALID';

export class AclError extends LetheError<AclErrorCode> {}

/** First key of the JSON form, so that another file is not taken for one. */
export const aclFormat = 'lethe-kafka-acls/1';

/** Problems told at once. */
const mostProblems = 50;

/**
 * Parses either form; JSON is known by its first character. Strict: an entry that is not understood could be the one that opens a topic.
 *
 * @throws AclError `ACL_TEXT_INVALID`, `ACL_JSON_INVALID`, with every problem and its place
 */
export const parseAcls = (text: string): ClusterAcls =>
  /^\s*[{[]/.test(text) ? parseJson(text) : parseText(text);

const header =
  /^Current ACLs for resource `ResourcePattern\(resourceType=([A-Z_]+), name=(.*), patternType=(LITERAL|PREFIXED)\)`:\s*$/;
const entry =
  /^\s*\(principal=(.+), host=(.+), operation=([A-Z_]+), permissionType=(ALLOW|DENY)\)\s*$/;

type Resource = Pick<AclBinding, 'resource' | 'name' | 'pattern'>;

function parseText(text: string): ClusterAcls {
  const problems: Problem[] = [];
  const bindings: AclBinding[] = [];
  let resource: Resource | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const complain = (message: string): void => {
      problems.push({ code: 'ACL_TEXT_INVALID', path: `line ${index + 1}`, message });
    };
    if (!/^\s/.test(line) && !line.startsWith('(')) {
      resource = resourceOf(line);
      if (resource === undefined) complain('write a line as `kafka-acls.sh --list` does');
      continue;
    }
    const binding = bindingOf(line, resource);
    if (binding === undefined) complain('write an entry as `kafka-acls.sh --list` does');
    else bindings.push(binding);
  }
  if (problems.length > 0) throw refusal('ACL_TEXT_INVALID', problems);
  return { bindings, superUsers: null, allowEveryoneIfNoAclFound: null };
}

function resourceOf(line: string): Resource | undefined {
  const [, type, name = '', pattern] = header.exec(line) ?? [];
  const resource = aclResources.find((one) => one === type);
  if (resource === undefined || name === '') return undefined;
  return { resource, name, pattern: pattern === 'PREFIXED' ? 'PREFIXED' : 'LITERAL' };
}

function bindingOf(line: string, resource: Resource | undefined): AclBinding | undefined {
  const [, principal = '', host = '', written, permission] = entry.exec(line) ?? [];
  const operation = aclOperations.find((one) => one === written);
  if (resource === undefined || operation === undefined) return undefined;
  return {
    ...resource,
    principal,
    host,
    operation,
    permission: permission === 'DENY' ? 'DENY' : 'ALLOW',
  };
}

const text = z.string().min(1).max(10_000);
const bindingSchema = z.strictObject({
  principal: text,
  host: text.default('*'),
  operation: z.enum(aclOperations),
  permission: z.enum(['ALLOW', 'DENY']),
  resource: z.enum(aclResources),
  name: text,
  pattern: z.enum(['LITERAL', 'PREFIXED']),
});
const schema = z.strictObject({
  format: z.literal(aclFormat),
  bindings: z.array(bindingSchema),
  superUsers: z.array(text).nullable().default(null),
  allowEveryoneIfNoAclFound: z.boolean().nullable().default(null),
});

function parseJson(source: string): ClusterAcls {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw new AclError('ACL_JSON_INVALID', 'Correct the JSON of the ACLs', { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw refusal(
      'ACL_JSON_INVALID',
      parsed.error.issues.map(({ path, message }) => ({
        code: 'ACL_JSON_INVALID',
        path: path.join('.'),
        message,
      })),
    );
  const { bindings, superUsers, allowEveryoneIfNoAclFound } = parsed.data;
  return { bindings, superUsers, allowEveryoneIfNoAclFound };
}

function refusal(code: AclErrorCode, problems: readonly Problem[]): AclError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new AclError(code, `Correct the ACLs, or list them again: ${count}`, {
    problems: problems.slice(0, mostProblems),
  });
}
