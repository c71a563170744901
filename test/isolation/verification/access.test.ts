import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterAcls } from '../../../src/isolation/verification/acl.ts';
import type { Verification } from '../../../src/isolation/verification/verification.ts';
import type { AclBinding } from '../../../src/streaming/kafka/acl-binding.ts';
import { snapshotOf, topic } from '../topology/cluster-fixture.ts';
import { flows, generated, judge, only, short } from './verification-scene.ts';

const map = flows();
const clean = generated(map);

const allow = (
  principal: string,
  operation: AclBinding['operation'],
  name: string,
  parts: Partial<AclBinding> = {},
): AclBinding => ({
  principal: `User:${principal}`,
  host: '*',
  operation,
  permission: 'ALLOW',
  resource: 'TOPIC',
  name,
  pattern: 'LITERAL',
  ...parts,
});

const operations = {
  Create: 'CREATE',
  Describe: 'DESCRIBE',
  Read: 'READ',
  Write: 'WRITE',
} as const;
const resources = { topic: 'TOPIC', group: 'GROUP', transactionalId: 'TRANSACTIONAL_ID' } as const;

/** What the flow map asks of the authorizer, and no more. */
const right: readonly AclBinding[] = map.grants.flatMap((grant) =>
  grant.operations.map((operation) =>
    allow('', operations[operation], grant.name, {
      principal: grant.principal ?? '',
      resource: resources[grant.resource],
      pattern: grant.pattern === 'literal' ? 'LITERAL' : 'PREFIXED',
    }),
  ),
);

const verified = (
  bindings: readonly AclBinding[],
  more: Partial<ClusterAcls> = {},
  where = map,
): Verification =>
  judge(where === map ? clean : generated(where), {
    flows: where,
    acls: new Map([
      ['main', { bindings, superUsers: null, allowEveryoneIfNoAclFound: null, ...more }],
    ]),
  });

describe('ACLs beside network paths', () => {
  it('give no finding where each has the other, and tell who may read raw topics', () => {
    const result = verified(right);
    assert.deepEqual(short(result), []);
    assert.deepEqual(result.topics[0]?.readableBy, ['User:lethe']);
    assert.equal(result.proof.acls, right.length);
  });

  it('are missed by the party that the network lets in', () => {
    const result = verified(right.filter(({ principal }) => principal !== 'User:crm'));
    assert.deepEqual(short(result), ['error ACL_MISSING client crm']);
    assert.match(only(result, 'ACL_MISSING').message, /Write topic raw\.orders/);
  });

  it('are too many for a principal that nobody declares', () => {
    const result = verified([...right, allow('mallory', 'READ', 'raw.orders')]);
    assert.deepEqual(short(result), ['error ACL_EXCESS main User:mallory']);
    assert.deepEqual(only(result, 'ACL_EXCESS').path, ['User:mallory', 'READ raw.orders']);
    const denied = allow('mallory', 'READ', 'raw.orders', { permission: 'DENY' });
    assert.deepEqual(
      short(verified([...right, allow('mallory', 'ALL', 'public.orders'), denied])),
      [],
    );
  });

  it('are too many for a declared principal that would do more than it declares', () => {
    const result = verified([...right, allow('lake', 'READ', 'raw.orders')]);
    assert.deepEqual(short(result), [
      'error ACL_EXCESS main User:lake',
      'warning ACL_WITHOUT_PATH client lake',
    ]);
  });

  it('are too broad with wildcards, prefixes, and settings that open', () => {
    const codes = (...args: Parameters<typeof verified>): readonly string[] =>
      short(verified(...args));
    assert.ok(
      codes([...right, allow('*', 'READ', 'raw.orders')]).includes('error ACL_BROAD main User:*'),
    );
    assert.ok(
      codes([...right, allow('ANONYMOUS', 'ALL', '*')]).includes(
        'error ACL_BROAD main User:ANONYMOUS',
      ),
    );
    assert.deepEqual(codes([...right, allow('crm', 'WRITE', 'raw.', { pattern: 'PREFIXED' })]), [
      'warning ACL_BROAD main User:crm',
    ]);
    assert.deepEqual(codes(right, { allowEveryoneIfNoAclFound: true }), [
      'error ACL_BROAD main allow.everyone.if.no.acl.found',
    ]);
    assert.deepEqual(codes(right, { superUsers: ['User:*'] }), [
      'error ACL_BROAD main super.users',
    ]);
    assert.deepEqual(codes(right, { superUsers: ['User:root'] }), []);
    assert.deepEqual(codes([...right, allow('*', 'READ', 'public.orders')]), []);
  });

  it('can’t be compared where those of a cluster with raw topics are not given', () => {
    const result = judge(clean, { flows: map, acls: new Map() });
    assert.equal(result.verified, false);
    assert.equal(only(result, 'NOTHING_TO_JUDGE').subject, 'ACLs of main');
    assert.equal(result.topics[0]?.readableBy, null);
  });

  it('are left out where somebody else tells that they are not known', () => {
    const result = judge(clean, { flows: map, acls: new Map([['main', null]]) });
    assert.equal(result.verified, true);
    assert.equal(result.topics[0]?.readableBy, null);
    assert.equal(result.proof.acls, 0);
  });

  it('are stale where partitions moved away from what the policies let through', () => {
    const moved = flows({}, snapshotOf(topic('raw.orders', [13]), topic('public.orders', [12])));
    const result = judge(clean, {
      flows: moved,
      acls: new Map([
        ['main', { bindings: right, superUsers: null, allowEveryoneIfNoAclFound: null }],
      ]),
    });
    assert.ok(
      short(result).includes('warning ACL_WITHOUT_PATH client crm'),
      short(result).join('\n'),
    );
    assert.ok(result.findings.some(({ code }) => code === 'MISSING_FLOW'));
  });
});
