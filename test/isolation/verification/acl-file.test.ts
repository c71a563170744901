import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AclError, aclFormat, parseAcls } from '../../../src/isolation/verification/acl-file.ts';
import {
  aclOperations,
  aclResources,
  type AclBinding,
} from '../../../src/streaming/kafka/acl-binding.ts';

/** As `kafka-acls.sh --list` of Kafka 4.3 prints it. */
const listed = `Current ACLs for resource \`ResourcePattern(resourceType=TOPIC, name=raw.orders, patternType=LITERAL)\`: 
 \t(principal=User:CN=crm, OU=shop, host=*, operation=WRITE, permissionType=ALLOW)
\t(principal=User:lethe, host=10.0.0.1, operation=READ, permissionType=DENY) 

Current ACLs for resource \`ResourcePattern(resourceType=GROUP, name=a, patternType=b, patternType=PREFIXED)\`: 
 \t(principal=User:*, host=*, operation=READ, permissionType=ALLOW) 

`;

const problems = (text: string): readonly string[] => {
  try {
    parseAcls(text);
  } catch (error) {
    assert.ok(error instanceof AclError);
    return error.problems.map(({ path, code }) => `${path} ${code}`);
  }
  return [];
};

const print = (bindings: readonly AclBinding[]): string =>
  bindings
    .map(
      ({ resource, name, pattern, principal, host, operation, permission }) =>
        `Current ACLs for resource \`ResourcePattern(resourceType=${resource}, name=${name}, patternType=${pattern})\`: \n \t(principal=${principal}, host=${host}, operation=${operation}, permissionType=${permission}) \n\n`,
    )
    .join('');

/** Names with everything that the format itself is made of. */
const name = fc
  .array(fc.constantFrom('a', ', ', '=', ')', '`', ':', '(', 'host', 'patternType', '*'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() !== '');
const bindings = fc.array(
  fc.record({
    principal: name,
    host: fc.constantFrom('*', '10.0.0.1', '::1'),
    operation: fc.constantFrom(...aclOperations),
    permission: fc.constantFrom('ALLOW' as const, 'DENY' as const),
    resource: fc.constantFrom(...aclResources),
    name,
    pattern: fc.constantFrom('LITERAL' as const, 'PREFIXED' as const),
  }),
  { maxLength: 5 },
);

describe('ACLs from a file', () => {
  it('are read from the list of the command, names with commas included', () => {
    const { bindings: found, superUsers, allowEveryoneIfNoAclFound } = parseAcls(listed);
    assert.deepEqual(
      found.map((one) => Object.values(one).join(' | ')),
      [
        'TOPIC | raw.orders | LITERAL | User:CN=crm, OU=shop | * | WRITE | ALLOW',
        'TOPIC | raw.orders | LITERAL | User:lethe | 10.0.0.1 | READ | DENY',
        'GROUP | a, patternType=b | PREFIXED | User:* | * | READ | ALLOW',
      ],
    );
    assert.equal(superUsers, null);
    assert.equal(allowEveryoneIfNoAclFound, null);
    assert.deepEqual(parseAcls('\r\n').bindings, []);
  });

  it('are read from JSON, which also knows what the brokers are configured to', () => {
    const one = { ...parseAcls(listed).bindings[0] };
    const text = JSON.stringify({
      format: aclFormat,
      bindings: [one],
      superUsers: ['User:root'],
      allowEveryoneIfNoAclFound: true,
    });
    assert.deepEqual(parseAcls(text), {
      bindings: [one],
      superUsers: ['User:root'],
      allowEveryoneIfNoAclFound: true,
    });
  });

  it('are refused with every line that is not understood', () => {
    assert.deepEqual(problems(' (principal=a, host=*, operation=READ, permissionType=ALLOW)'), [
      'line 1 ACL_TEXT_INVALID',
    ]);
    assert.deepEqual(
      problems(
        listed
          .replace('TOPIC', 'TOPICS')
          .replace('READ, permissionType=DENY', 'LOOK, permissionType=DENY'),
      ),
      ['line 1 ACL_TEXT_INVALID', 'line 2 ACL_TEXT_INVALID', 'line 3 ACL_TEXT_INVALID'],
    );
    assert.deepEqual(problems('WARN something\n'), ['line 1 ACL_TEXT_INVALID']);
    assert.deepEqual(problems('{'), [' ACL_JSON_INVALID']);
    assert.deepEqual(problems('[]'), [' ACL_JSON_INVALID']);
    assert.deepEqual(
      problems(JSON.stringify({ format: aclFormat, bindings: [{}], extra: 1 })).length,
      7,
    );
  });

  it('come back the same after printing, whatever the names', () => {
    fc.assert(
      fc.property(bindings, (given) => {
        assert.deepEqual(
          parseAcls(print(given)).bindings.map((one) => ({ ...one })),
          given.map((one) => ({ ...one })),
        );
      }),
    );
  });

  it('are refused or read, never anything else, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(fc.constantFrom(...listed.split(/(?<=[ ,(=])/)), { maxLength: 30 })
        .map((parts) => parts.join('')),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          parseAcls(given);
        } catch (error) {
          assert.ok(error instanceof AclError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
