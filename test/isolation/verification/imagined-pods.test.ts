import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { witnesses } from '../../../src/isolation/verification/imagined-pods.ts';
import {
  matches,
  namespaceLabel,
  namespaceName,
  onHostNetwork,
  serviceAccountName,
  type Predicate,
} from '../../../src/isolation/manifests/labels.ts';
import { workloadLabel, type Namespace } from '../../../src/isolation/manifests/objects.ts';

const nameKey = 'kubernetes.io/metadata.name';
const namespaces: readonly Namespace[] = [
  { name: 'kafka', labels: new Map([[nameKey, 'kafka']]), origin: undefined },
  {
    name: 'crm',
    labels: new Map([
      [nameKey, 'crm'],
      ['team', 'a'],
    ]),
    origin: undefined,
  },
];
const is = (key: string, ...values: readonly string[]): Predicate => ({ kind: 'in', key, values });
const all = (...of: readonly Predicate[]): Predicate => ({ kind: 'all', of });
const not = (of: Predicate): Predicate => ({ kind: 'not', of });
const labels = (where: Predicate): readonly string[] =>
  witnesses(where, namespaces).map(
    ({ workload, anywhere }) => `${workloadLabel(workload)}${anywhere ? ' anywhere' : ''}`,
  );

describe('pods that nobody has started yet', () => {
  it('have the labels and the namespace that a rule asks for', () => {
    assert.deepEqual(labels(all()), ['(any namespace)/(any pod)[Pod] anywhere']);
    assert.deepEqual(labels(all(is(namespaceName, 'kafka'), is('app', 'x'))), [
      'kafka/(any pod with app=x)[Pod]',
    ]);
    assert.deepEqual(labels(is(namespaceLabel(nameKey), 'crm')), ['crm/(any pod)[Pod]']);
    assert.deepEqual(labels({ kind: 'has', key: 'app' }), [
      '(any namespace)/(any pod with app=any)[Pod] anywhere',
    ]);
    assert.deepEqual(labels(is(serviceAccountName, 'bot')), [
      '(any namespace)/(any pod of account bot)[Pod] anywhere',
    ]);
  });

  it('are in a namespace that is there, where one has the labels, and in a new one elsewhere', () => {
    assert.deepEqual(labels(is(namespaceLabel('team'), 'a')), ['crm/(any pod)[Pod]']);
    assert.deepEqual(labels(is(namespaceLabel('team'), 'b')), [
      '(any namespace) with team=b/(any pod)[Pod]',
    ]);
    assert.deepEqual(labels(is(namespaceName, 'new')), ['new/(any pod)[Pod]']);
    // Labels of a namespace that is there are what they are.
    assert.deepEqual(labels(all(is(namespaceName, 'kafka'), is(namespaceLabel('team'), 'a'))), []);
  });

  it('are one for each value that a rule lists', () => {
    assert.deepEqual(labels(all(is(namespaceName, 'kafka'), is('app', 'x', 'y'))), [
      'kafka/(any pod with app=x)[Pod]',
      'kafka/(any pod with app=y)[Pod]',
    ]);
    const grid = all(
      ...['a', 'b', 'c'].map((key) =>
        is(key, ...Array.from({ length: 100 }, (_, at) => String(at))),
      ),
    );
    assert.equal(labels(grid).length, 200);
  });

  it('are none where a rule contradicts itself', () => {
    assert.deepEqual(labels({ kind: 'any', of: [] }), []);
    assert.deepEqual(labels(all(is('app', 'x'), is('app', 'y'))), []);
    assert.deepEqual(labels(all(is('app', 'x'), not(is('app', 'x')))), []);
  });

  it('always meet the condition that they were made for', () => {
    const key = fc.constantFrom('app', 'tier', namespaceName, namespaceLabel('team'));
    const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
      predicate: fc.oneof(
        { maxDepth: 3 },
        fc.record({
          kind: fc.constant('in' as const),
          key,
          values: fc.subarray(['a', 'b', 'kafka', 'crm'], { minLength: 1 }),
        }),
        fc.record({ kind: fc.constant('has' as const), key }),
        fc.record({
          kind: fc.constantFrom('all' as const, 'any' as const),
          of: fc.array(tie('predicate'), { maxLength: 3 }),
        }),
        fc.record({ kind: fc.constant('not' as const), of: tie('predicate') }),
      ),
    }));
    fc.assert(
      fc.property(predicate, (where) => {
        for (const { workload, namespace } of witnesses(where, namespaces)) {
          const [shape] = workload.shapes;
          const own = namespace ?? namespaces.find(({ name }) => name === workload.namespace);
          const meets = matches(where, (asked) => {
            if (asked === namespaceName) return workload.namespace;
            if (asked === onHostNetwork) return 'false';
            return asked.startsWith(namespaceLabel(''))
              ? own?.labels.get(asked.slice(namespaceLabel('').length))
              : shape?.labels.get(asked);
          });
          assert.ok(meets);
        }
      }),
    );
  });
});
