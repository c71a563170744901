import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowJudge } from '../../../src/isolation/flows/flow-judge.ts';
import { PodDirectory } from '../../../src/isolation/flows/pod-directory.ts';
import { Replay, type ReplayOptions } from '../../../src/isolation/flows/replay.ts';
import { replayFinding } from '../../../src/isolation/flows/replay-findings.ts';
import { renderReplay } from '../../../src/isolation/flows/render-replay.ts';
import type { ObservedFlow } from '../../../src/isolation/flows/observed-flow.ts';
import { policy, read } from '../reachability/scene.ts';
import { at, map, pods, rawPolicy, seen } from './watch-scene.ts';

function replayed(
  flows: readonly ObservedFlow[],
  policies: readonly string[],
  options: Partial<ReplayOptions> = {},
): Replay {
  const cluster = read(...pods, ...policies);
  const run = new Replay({
    proposed: new FlowJudge(cluster),
    baseline: null,
    directory: new PodDirectory(cluster.workloads),
    map,
    ...options,
  });
  for (const flow of flows) run.observe(flow);
  return run;
}

const outcomes = (run: Replay): readonly string[] =>
  run.pairs().map((pair) => {
    const finding = replayFinding(pair);
    return `${pair.outcome} ${finding?.severity ?? ''} ${pair.source} => ${pair.destination} ${pair.port ?? 'any'}`;
  });

const denyAll = policy('kafka/deny', '{podSelector: {}, policyTypes: [Ingress]}');
const denied = { verdict: 'denied' } as const;

test('a declared flow that the proposal denies breaks, an undeclared one is meant to end', () => {
  const run = replayed(
    [seen(at.lethe, at.raw), seen(at.web, at.raw), seen(at.web, at.raw)],
    [denyAll],
  );
  assert.deepEqual(outcomes(run), [
    'breaks error lethe/lethe-1[Pod] => broker main/11 9093',
    'breaks note shop/web-1[Pod] => broker main/11 9093',
  ]);
  const [first] = run.pairs();
  assert.deepEqual(
    first?.deciders.map((one) => one.policy),
    ['NetworkPolicy kafka/deny'],
  );
  assert.equal(run.pairs()[1]?.counts.allowed, 2);
});

test('what was denied and would be allowed opens; at a raw broker that is an error', () => {
  const run = replayed(
    [seen(at.web, at.raw, denied), seen(at.web, at.open, denied), seen(at.lethe, at.raw, denied)],
    [],
  );
  assert.deepEqual(outcomes(run), [
    'opens note lethe/lethe-1[Pod] => broker main/11 9093',
    'opens error shop/web-1[Pod] => broker main/11 9093',
    'opens warning shop/web-1[Pod] => broker main/12 9093',
  ]);
});

test('what stays as it was is no finding, and both verdicts of one pair are one', () => {
  const run = replayed([seen(at.lethe, at.raw), seen(at.lethe, at.raw, denied)], [rawPolicy]);
  assert.deepEqual(outcomes(run), ['stays  lethe/lethe-1[Pod] => broker main/11 9093']);
  assert.equal(replayFinding(run.pairs()[0]!), null);
});

test('peers that nobody knows are not judged, and that is said', () => {
  const run = replayed([seen({ address: '10.9.9.9' }, at.raw)], [rawPolicy]);
  assert.deepEqual(outcomes(run), ['unjudged warning 10.9.9.9 => broker main/11 9093']);
  assert.match(replayFinding(run.pairs()[0]!)?.message ?? '', /the source is no pod/);
});

test('a log without verdicts is completed by the baseline, or counts where it must not be wrong', () => {
  const unknown = { verdict: 'unknown' } as const;
  const flows = [
    seen(at.crm, at.open, unknown),
    seen(at.lethe, at.raw, unknown),
    seen(at.web, at.raw, unknown),
    seen(at.web, at.crm, unknown),
  ];
  assert.deepEqual(outcomes(replayed(flows, [denyAll])), [
    'breaks error crm/crm-1[Pod] => broker main/12 9093',
    'breaks error lethe/lethe-1[Pod] => broker main/11 9093',
    'unjudged warning shop/web-1[Pod] => broker main/11 9093',
    'unjudged note shop/web-1[Pod] => crm/crm-1[Pod] 9093',
  ]);
  const baseline = new FlowJudge(read(...pods, rawPolicy));
  assert.deepEqual(outcomes(replayed(flows, [], { baseline })), [
    'opens error shop/web-1[Pod] => broker main/11 9093',
    'stays  crm/crm-1[Pod] => broker main/12 9093',
    'stays  lethe/lethe-1[Pod] => broker main/11 9093',
    'stays  shop/web-1[Pod] => crm/crm-1[Pod] 9093',
  ]);
});

test('what left the source and was denied at the destination was denied', () => {
  const run = replayed(
    [
      seen(at.web, at.raw, { seenAt: 'source' }),
      seen(at.web, at.raw, { ...denied, seenAt: 'destination' }),
    ],
    [],
  );
  assert.deepEqual(outcomes(run), ['opens error shop/web-1[Pod] => broker main/11 9093']);
});

test('without a map every change counts', () => {
  const flows = [seen(at.web, at.raw), seen(at.web, at.crm, denied)];
  assert.deepEqual(outcomes(replayed(flows, [denyAll], { map: null })), [
    'breaks error shop/web-1[Pod] => kafka/kafka-0[Pod] 9093',
    'opens error shop/web-1[Pod] => crm/crm-1[Pod] 9093',
  ]);
});

test('decisions of the authorizer are left out and counted; text and JSON say the same', () => {
  const run = replayed([seen(at.lethe, at.raw), seen(at.lethe, {}, { layer: 'kafka' })], [denyAll]);
  const pairs = run.pairs();
  const findings = pairs.flatMap((pair) => replayFinding(pair) ?? []);
  const report = {
    pairs,
    findings,
    evicted: run.evicted,
    requests: run.requests,
    judged: { proposed: 1, others: 0 },
  };
  const text = [...renderReplay(report, 'text')].join('');
  assert.match(
    text,
    /^error REPLAY_BREAKS lethe\/lethe-1\[Pod\] => broker main\/11 TCP 9093: allowed until now \(1 allowed, 0 denied, 0 without verdict, declared\); denied under the proposed policies\n {2}by NetworkPolicy kafka\/deny \(scene\.yaml:\d+\)\n/,
  );
  assert.match(text, /1 pairs: 1 would break, 0 would open, 0 can't be judged, 0 stay/);
  assert.match(text, /left out: 1 decisions/);
  const json = JSON.parse([...renderReplay(report, 'json')].join('')) as {
    summary: object;
    findings: unknown[];
  };
  assert.deepEqual(json.summary, {
    breaks: 1,
    opens: 0,
    unjudged: 0,
    stays: 0,
    evicted: 0,
    requests: 1,
    judged: { proposed: 1, others: 0 },
  });
  assert.equal(json.findings.length, 1);
});
