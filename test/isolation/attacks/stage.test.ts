import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Stage } from '../../../src/isolation/attacks/stage.ts';
import { Verdicts } from '../../../src/isolation/reachability/verdict.ts';
import { foreigner } from '../../../src/isolation/attacks/impostors.ts';
import { attackScene } from '../../../src/isolation/attacks/scene.ts';
import { flows, opening, read, shield, workload, workloads } from './attack-fixture.ts';

const manifests = read(
  ...workloads,
  ...shield,
  workload('DaemonSet', 'kube-system/agent', 'app: agent', [], 'hostNetwork: true,'),
  opening(
    'shop',
    'block',
    '{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }] }',
  ),
);
const scene = attackScene(flows, manifests);
const knock = { protocol: 'TCP', port: 9093, sweep: false } as const;

describe('attackers on the stage', () => {
  it('change no verdict about anybody who was there', () => {
    const stage = new Stage(manifests, { 4: ['10.0.0.0', '172.16.0.0'], 6: ['fd00::'] });
    const [raw] = scene.raw;
    assert.ok(raw?.pod != null);
    stage.target(raw.pod, 'a node');
    for (const hostNetwork of [true, false])
      for (const family of [4, 6] as const)
        stage.source(foreigner(scene, { hostNetwork, labels: { app: 'lethe' } }), family, 'a node');
    const before = new Verdicts(manifests);
    const names = before.base.sources.flatMap(({ label, workload: one }) => (one ? [label] : []));
    assert.ok(names.length > 8);
    for (const from of names)
      for (const to of names) {
        const [a, b] = [before.between(from, to), stage.verdicts.between(from, to)];
        assert.equal(b.allowed.key, a.allowed.key, `${from} ${to}`);
        assert.equal(b.implementationDefined.key, a.implementationDefined.key, `${from} ${to}`);
      }
  });

  it('must be there before they are judged', () => {
    const stage = new Stage(manifests, { 4: [], 6: [] });
    const nobody = { kind: 'staged', label: 'nobody' } as const;
    assert.throws(() => stage.judge(nobody, nobody, knock), RangeError);
  });

  it('have one set of labels for each namespace that is not there', () => {
    const stage = new Stage(manifests, { 4: [], 6: [] });
    stage.source(foreigner(scene), 4, 'a node');
    stage.source(foreigner(scene), 6, 'a node');
    const other = foreigner(scene, { namespaceLabels: { team: 'privacy' } });
    assert.throws(() => stage.source(other, 4, 'a node'), /one set of labels/);
  });

  it('outside are everybody but those who are spared', () => {
    const stage = new Stage(manifests, { 4: [], 6: [] });
    const web = { kind: 'staged', label: 'shop/web[Deployment]' } as const;
    const all = stage.world('203.0.113.7', 4, () => false);
    assert.equal(stage.judge(all, web, knock).verdict, 'allowed');
    assert.equal(stage.judge(all, web, knock).witness, '10.0.0.0');
    const none = stage.world('203.0.113.7', 4, () => true);
    assert.equal(stage.judge(none, web, knock).verdict, 'denied');
    const one = stage.address('10.1.1.1', 4);
    assert.equal(stage.judge(one, web, knock).verdict, 'allowed');
    assert.equal(stage.judge(stage.address('11.1.1.1', 4), web, knock).verdict, 'denied');
    // A host by name may be any address.
    assert.equal(stage.judge(stage.address('broker.example', 4), web, knock).verdict, 'allowed');
  });
});
