import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explain, renderExplanation } from '../../../src/isolation/reachability/explain.ts';
import { Reachability } from '../../../src/isolation/reachability/reachability.ts';
import type { Manifests } from '../../../src/isolation/manifests/manifests.ts';
import { pod, policy, read } from './scene.ts';

function lines(manifests: Manifests, from: string, to: string): readonly string[] {
  const reachability = new Reachability(manifests);
  return explain(reachability, reachability.source(from)!, reachability.destination(to)!).flatMap(
    (one) => [...renderExplanation(one)],
  );
}

describe('explanations', () => {
  const pods = [pod('a/x', 'app: x'), pod('a/y', 'app: "y"')];

  it('name the policy, the rule and the line that allow, and what isolates', () => {
    const manifests = read(
      ...pods,
      policy('a/open', '{podSelector: {}, ingress: [{ports: [{port: 1}]}, {ports: [{port: 80}]}]}'),
      policy('a/deny', '{podSelector: {}}'),
    );
    assert.deepEqual(lines(manifests, 'a/x[Pod]', 'a/y[Pod]'), [
      'egress allow All Connections because no policy decides about it',
      'ingress allow TCP 1 by NetworkPolicy a/open ingress[0] (scene.yaml:22)',
      'ingress allow TCP 80 by NetworkPolicy a/open ingress[1] (scene.yaml:22)',
      'ingress deny SCTP 1-65535,TCP 2-79,81-65535,UDP 1-65535 because nothing allows it and NetworkPolicy a/deny, NetworkPolicy a/open isolates the pod',
    ]);
  });

  it('name everybody who opens a port, not only the first', () => {
    const manifests = read(
      ...pods,
      policy('a/one', '{podSelector: {}, ingress: [{}]}'),
      policy('a/two', '{podSelector: {}, ingress: [{ports: [{port: 80}]}]}'),
    );
    const reachability = new Reachability(manifests);
    const [only] = explain(
      reachability,
      reachability.source('a/x[Pod]')!,
      reachability.destination('a/y[Pod]')!,
    );
    assert.deepEqual(
      only?.ingress?.steps.map(({ policy: { name }, matched, decided }) => [
        name,
        matched.toString(),
        decided.toString(),
      ]),
      [
        ['one', 'All Connections', 'All Connections'],
        ['two', 'TCP 80', 'No Connections'],
      ],
    );
  });

  it('have one side only where the other is outside', () => {
    const reachability = new Reachability(read(...pods));
    const [only] = explain(
      reachability,
      reachability.source('0.0.0.0-255.255.255.255[External]')!,
      reachability.destination('a/y[Pod]')!,
    );
    assert.equal(only?.egress, undefined);
    assert.ok(only?.ingress?.unjudged.isAll);
  });
});
