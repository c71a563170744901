import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Verdicts, type Verdict } from '../../../src/isolation/reachability/verdict.ts';
import { pod, policy, read } from './scene.ts';

const text = ({
  allowed,
  denied,
  implementationDefined,
  dependsOn,
}: Verdict): readonly unknown[] => [
  allowed.toString(),
  denied.toString(),
  implementationDefined.toString(),
  dependsOn,
];
const [all, none] = ['All Connections', 'No Connections'];

describe('verdicts', () => {
  it('are allowed or denied where nothing is left open', () => {
    const verdicts = new Verdicts(
      read(pod('a/x'), pod('b/y'), policy('a/deny', '{podSelector: {}}')),
    );
    assert.deepEqual(text(verdicts.between('b/y[Pod]', 'a/x[Pod]')), [none, all, none, []]);
    assert.deepEqual(text(verdicts.between('a/x[Pod]', 'b/y[Pod]')), [all, none, none, []]);
  });

  it('depend on the implementation where an ipBlock may mean a pod', () => {
    const verdicts = new Verdicts(
      read(
        pod('a/x', '', [], { ip: '10.0.0.1' }),
        pod('a/y', '', [], { ip: '10.0.0.2' }),
        policy(
          'a/p',
          '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.1/32}}], ports: [{port: 80}]}]}',
        ),
      ),
    );
    const rest = 'SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535';
    assert.deepEqual(text(verdicts.between('a/x[Pod]', 'a/y[Pod]')), [
      none,
      rest,
      'TCP 80',
      ['ipblockPods'],
    ]);
    assert.deepEqual(text(verdicts.between('a/y[Pod]', 'a/x[Pod]')), [none, all, none, []]);
  });

  it('depend on the implementation where a pod lives on the network of a node that the other may share', () => {
    const verdicts = new Verdicts(
      read(
        pod('a/h', 'app: h', [], { hostNetwork: true, node: 'n1' }),
        pod('a/near', '', [], { node: 'n1' }),
        pod('a/far', '', [], { node: 'n2' }),
        pod('a/somewhere'),
        policy('a/deny', '{podSelector: {}}'),
      ),
    );
    assert.deepEqual(text(verdicts.between('a/h[Pod]', 'a/near[Pod]')), [
      none,
      none,
      all,
      ['hostNetwork'],
    ]);
    assert.deepEqual(text(verdicts.between('a/h[Pod]', 'a/somewhere[Pod]')), [
      none,
      none,
      all,
      ['hostNetwork'],
    ]);
    assert.deepEqual(text(verdicts.between('a/h[Pod]', 'a/far[Pod]')), [none, all, none, []]);
    assert.deepEqual(text(verdicts.between('a/near[Pod]', 'a/h[Pod]')), [
      none,
      none,
      all,
      ['hostNetwork'],
    ]);
  });

  it('refuse labels that name nobody', () => {
    const verdicts = new Verdicts(read(pod('a/x')));
    assert.throws(() => verdicts.between('a/x[Pod]', 'a/lost[Pod]'), RangeError);
  });
});
