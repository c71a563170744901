import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Authorizer, type ClusterAcls } from '../../../src/isolation/verification/acl.ts';
import type { AclBinding } from '../../../src/streaming/kafka/acl-binding.ts';

const binding = (text: string): AclBinding => {
  const [permission, principal = '', operation, resource = 'TOPIC', name = '', host = '*'] =
    text.split(' ');
  const prefixed = name.endsWith('…');
  return {
    principal: `User:${principal}`,
    host,
    operation: operation as AclBinding['operation'],
    permission: permission as AclBinding['permission'],
    resource: resource as AclBinding['resource'],
    name: prefixed ? name.slice(0, -1) : name,
    pattern: prefixed ? 'PREFIXED' : 'LITERAL',
  };
};

const authorizer = (lines: readonly string[], more: Partial<ClusterAcls> = {}): Authorizer =>
  new Authorizer({
    bindings: lines.map(binding),
    superUsers: null,
    allowEveryoneIfNoAclFound: null,
    ...more,
  });

const ask = (who: Authorizer, text: string): string => {
  const [principal = '', operation, resource, name = ''] = text.split(' ');
  const { allowed, by } = who.ask({
    principal: `User:${principal}`,
    operation: operation as AclBinding['operation'],
    resource: resource as AclBinding['resource'],
    name,
  });
  return `${allowed ? 'yes' : 'no'}: ${by}`;
};

describe('the authorizer', () => {
  it('allows what an entry allows, and nothing that none is about', () => {
    const one = authorizer(['ALLOW a READ TOPIC t']);
    assert.equal(ask(one, 'a READ TOPIC t'), 'yes: binding');
    assert.equal(ask(one, 'b READ TOPIC t'), 'no: nothing');
    assert.equal(ask(one, 'a READ TOPIC tt'), 'no: nothing');
    assert.equal(ask(one, 'a READ GROUP t'), 'no: nothing');
    assert.equal(ask(one, 'a WRITE TOPIC t'), 'no: nothing');
  });

  it('lets a denying entry win, whatever allows', () => {
    const one = authorizer([
      'ALLOW * ALL TOPIC *',
      'DENY a ALL TOPIC raw.…',
      'DENY * WRITE TOPIC raw.t',
    ]);
    assert.equal(ask(one, 'a READ TOPIC raw.t'), 'no: binding');
    assert.equal(ask(one, 'b READ TOPIC raw.t'), 'yes: binding');
    assert.equal(ask(one, 'b WRITE TOPIC raw.t'), 'no: binding');
    assert.equal(ask(one, 'a READ TOPIC ra'), 'yes: binding');
  });

  it('takes Describe from whoever may read, write, delete or alter, but does not deny it with them', () => {
    for (const operation of ['READ', 'WRITE', 'DELETE', 'ALTER'])
      assert.equal(
        ask(authorizer([`ALLOW a ${operation} TOPIC t`]), 'a DESCRIBE TOPIC t'),
        'yes: binding',
      );
    assert.equal(
      ask(authorizer(['ALLOW a ALTER_CONFIGS TOPIC t']), 'a DESCRIBE_CONFIGS TOPIC t'),
      'yes: binding',
    );
    assert.equal(ask(authorizer(['ALLOW a CREATE TOPIC t']), 'a DESCRIBE TOPIC t'), 'no: nothing');
    const both = authorizer(['ALLOW a READ TOPIC t', 'DENY a READ TOPIC t']);
    assert.equal(ask(both, 'a DESCRIBE TOPIC t'), 'yes: binding');
  });

  it('knows prefixes and the name for every resource', () => {
    const one = authorizer(['ALLOW a READ TOPIC raw.…', 'ALLOW b READ TOPIC *']);
    assert.equal(ask(one, 'a READ TOPIC raw.x'), 'yes: binding');
    assert.equal(ask(one, 'a READ TOPIC raw'), 'no: nothing');
    assert.equal(ask(one, 'b READ TOPIC anything'), 'yes: binding');
    // A prefix of "*" is an asterisk, and not everything.
    assert.equal(ask(authorizer(['ALLOW a READ TOPIC *…']), 'a READ TOPIC t'), 'no: nothing');
  });

  it('lets super users do everything, and everybody where no entry is about the resource and the brokers say so', () => {
    const one = authorizer(['DENY * ALL TOPIC t'], { superUsers: ['User:root'] });
    assert.equal(ask(one, 'root READ TOPIC t'), 'yes: super user');
    const open = authorizer(['ALLOW a READ TOPIC t'], { allowEveryoneIfNoAclFound: true });
    assert.equal(ask(open, 'b READ TOPIC other'), 'yes: no acl');
    assert.equal(ask(open, 'b READ TOPIC t'), 'no: nothing');
  });

  it('errs on the open side about hosts', () => {
    assert.equal(
      ask(authorizer(['ALLOW a READ TOPIC t 10.0.0.1']), 'a READ TOPIC t'),
      'yes: binding',
    );
    const one = authorizer(['ALLOW a READ TOPIC t', 'DENY a READ TOPIC t 10.0.0.1']);
    assert.equal(ask(one, 'a READ TOPIC t'), 'yes: binding');
  });
});
