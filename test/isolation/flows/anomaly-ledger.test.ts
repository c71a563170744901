import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomaly, type CountedAnomaly } from '../../../src/isolation/flows/anomaly.ts';
import { AnomalyLedger } from '../../../src/isolation/flows/anomaly-ledger.ts';

const about = (subject: string) => anomaly('PEER_UNDECLARED', { subject, message: 'm' });

test('an anomaly is told when it is new, and sorted by its weight', () => {
  const told: CountedAnomaly[] = [];
  const ledger = new AnomalyLedger((one) => told.push(one));
  ledger.add(about('b'), { at: 5, count: 1, origin: null });
  ledger.add(about('a'), { at: null, count: 1, origin: null });
  ledger.add(about('b'), { at: 3, count: 4, origin: null });
  ledger.add(anomaly('RAW_PEER_UNDECLARED', { subject: 'z', message: 'm' }), {
    at: 1,
    count: 1,
    origin: null,
  });
  assert.deepEqual(
    told.map(({ finding }) => finding.subject),
    ['b', 'a', 'z'],
  );
  assert.deepEqual(
    ledger
      .all()
      .map(({ finding, count, firstSeen, lastSeen }) => [
        finding.subject,
        count,
        firstSeen,
        lastSeen,
      ]),
    [
      ['z', 1, 1, 1],
      ['a', 1, null, null],
      ['b', 5, 3, 5],
    ],
  );
  // What was told is what it was then.
  assert.equal(told[0]?.count, 1);
});

test('the anomaly that was seen last is the last to be forgotten', () => {
  const ledger = new AnomalyLedger(() => undefined, 2);
  for (const subject of ['a', 'b', 'a', 'c'])
    ledger.add(about(subject), { at: 1, count: 1, origin: null });
  assert.deepEqual(
    ledger.all().map(({ finding }) => finding.subject),
    ['a', 'c'],
  );
  assert.equal(ledger.evicted, 1);
});
