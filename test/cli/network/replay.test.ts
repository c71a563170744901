import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policy } from '../../isolation/reachability/scene.ts';
import { folder, lethe } from '../lethe.ts';
import { config, snapshot } from '../network-scene.ts';
import { hubble, pods } from './watched-folder.ts';

const deny = policy('kafka/deny', '{podSelector: {}, policyTypes: [Ingress]}');
const open = policy(
  'kafka/open',
  '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 9092}]}]}',
);
const files = { 'lethe.yaml': config, 'saved.json': snapshot(0), 'pods.yaml': pods };
const known = ['--config', 'lethe.yaml', '--snapshot', 'saved.json'];
const args = ['network', 'replay', '--flows', 'flows.log', '--manifests', 'pods.yaml'];

test('replay names what would break, who denies it with file and line, and exits with 1', async (t) => {
  const cwd = folder(t, { ...files, 'new.yaml': deny, 'flows.log': hubble('lethe', 'raw') });
  const { code, out, err } = await lethe([...args, ...known, '--policies', 'new.yaml'], { cwd });
  assert.equal(err, '');
  assert.equal(code, 1);
  assert.match(out, /^error REPLAY_BREAKS lethe\/lethe\[Pod\] => broker main\/0 TCP 9092: /);
  assert.match(out, /\n {2}by NetworkPolicy kafka\/deny \(new\.yaml:1\)\n/);
  assert.match(out, /\n1 pairs: 1 would break, 0 would open, 0 can't be judged, 0 stay\n/);
});

test('replay names what would open at a raw broker, and exits with 1', async (t) => {
  const log = [hubble('lethe', 'raw'), hubble('web', 'raw', 'DROPPED')].join('\n');
  const cwd = folder(t, { ...files, 'new.yaml': open, 'flows.log': log });
  const { code, out } = await lethe(
    [...args, ...known, '--policies', 'new.yaml', '--output', 'json'],
    { cwd },
  );
  assert.equal(code, 1);
  const { findings, summary } = JSON.parse(out) as {
    findings: { code: string; subject: string; deciders: { rule: string }[] }[];
    summary: { opens: number; stays: number };
  };
  assert.deepEqual(
    findings.map((one) => [one.code, one.subject]),
    [['REPLAY_OPENS', 'shop/web[Pod] => broker main/0 TCP 9092']],
  );
  assert.equal(findings[0]?.deciders[0]?.rule, 'ingress[0]');
  assert.deepEqual([summary.opens, summary.stays], [1, 1]);
});

test('policies that stay are judged too, and what is meant to end is no failure', async (t) => {
  const cwd = folder(t, {
    ...files,
    'old.yaml': open,
    'new.yaml': deny,
    'flows.log': hubble('web', 'raw'),
  });
  const proposed = [...args, ...known, '--policies', 'new.yaml'];
  const both = await lethe([...proposed, '--manifests', 'old.yaml'], { cwd });
  assert.match(both.out, /0 would break, 0 would open, 0 can't be judged, 1 stay\n/);
  assert.match(both.out, /judged by 1 proposed policies and 1 others that stay/);
  const alone = await lethe(proposed, { cwd });
  assert.equal(alone.code, 0);
  assert.match(alone.out, /^note REPLAY_BREAKS shop\/web/);
});

test('replay without policies, or with two things from standard input, is refused', async (t) => {
  const cwd = folder(t, { ...files, 'flows.log': hubble('web', 'raw') });
  const none = await lethe([...args, '--policies', 'pods.yaml'], { cwd });
  assert.equal(none.code, 2);
  assert.match(none.err, /CLI_OPTION_INVALID.*policies/);
  const twice = await lethe(['network', 'replay', '--flows', '-', '--policies', '-'], { cwd });
  assert.equal(twice.code, 2);
});
