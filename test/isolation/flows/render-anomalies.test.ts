import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomaly, type CountedAnomaly } from '../../../src/isolation/flows/anomaly.ts';
import { renderAnomaly, renderSummary } from '../../../src/isolation/flows/render-anomalies.ts';
import type { WatchSummary } from '../../../src/isolation/flows/detector.ts';

const origin = { source: 'flows.log', format: 'hubble', line: 7 } as const;
const one: CountedAnomaly = {
  finding: anomaly('RAW_PEER_UNDECLARED', {
    subject: 'a => b TCP 9093',
    message: 'let through',
    deciders: [{ policy: 'NetworkPolicy x/y', rule: 'ingress[0]', origin: { file: 'f', line: 1 } }],
  }),
  count: 2,
  firstSeen: 0,
  lastSeen: 1000,
  origin,
};

const summary: WatchSummary = {
  flows: 3,
  elsewhere: 1,
  verdicts: { allowed: 2, denied: 1, unknown: 0 },
  unresolved: 0,
  late: 0,
  declared: { seen: 1, total: 2 },
  anomalies: [one],
  evicted: 5,
};

const sources = [
  {
    name: 'flows.log',
    format: 'hubble',
    counts: {
      lines: 6,
      flows: 3,
      skipped: { reply: 2 },
      malformed: { 'not-json': { count: 1, first: 4 } },
    },
  },
] as const;

test('an anomaly is one line, with where it was seen and what to do', () => {
  const line = renderAnomaly(one, 'text');
  assert.match(
    line,
    /^1970-01-01T00:00:00\.000Z error RAW_PEER_UNDECLARED a => b TCP 9093: let through by NetworkPolicy x\/y ingress\[0\] \(flows\.log:7\); close the path .*\n$/,
  );
  assert.equal(line.split('\n').length, 2);
  const json = JSON.parse(renderAnomaly(one, 'json')) as Record<string, unknown>;
  assert.equal(json['type'], 'anomaly');
  assert.equal(json['code'], 'RAW_PEER_UNDECLARED');
  assert.equal(json['firstSeen'], '1970-01-01T00:00:00.000Z');
  assert.deepEqual(json['origin'], origin);
});

test('the summary says what was read, what was seen, and how often each anomaly was', () => {
  assert.equal(
    [...renderSummary(summary, sources, 'text')].join(''),
    `flows.log (hubble): 6 lines, 3 flows, 2 reply, 1 not-json (first on line 4)
flows 3 (allowed 2, denied 1, unknown 0), 1 between others, 0 with an unresolved end, 0 late
declared flows seen: 1 of 2
forgotten to keep within memory: 5 entries
error RAW_PEER_UNDECLARED a => b TCP 9093: 2 times, 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z
1 error, 0 warnings, 0 notes
`,
  );
  const json = JSON.parse([...renderSummary(summary, sources, 'json')].join('')) as Record<
    string,
    unknown
  >;
  assert.equal(json['type'], 'summary');
  assert.equal(json['flows'], 3);
  assert.equal((json['anomalies'] as unknown[]).length, 1);
});
