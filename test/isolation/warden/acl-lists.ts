import type { ClusterAcls } from '../../../src/isolation/verification/acl.ts';

/** ACLs that let these principals read raw orders. */
export const lists = (...readers: readonly string[]): ClusterAcls => ({
  superUsers: null,
  allowEveryoneIfNoAclFound: null,
  bindings: readers.map((principal) => ({
    principal,
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
    resource: 'TOPIC',
    name: 'raw.orders',
    pattern: 'LITERAL',
  })),
});
