import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Log } from '../../../src/operations/logging/log.ts';
import { logEvents } from '../../../src/operations/logging/events.ts';
import { serializeField } from '../../../src/operations/logging/serialize.ts';
import type { EventName, FieldKind, LogEvent } from '../../../src/operations/logging/events.ts';

function collect(format: 'json' | 'text' = 'json', level: 'debug' | 'warn' = 'debug') {
  const lines: string[] = [];
  const log = new Log({ level, format, sink: { write: (line) => lines.push(line) } });
  return { log, lines };
}

function parse(line: string | undefined): Record<string, unknown> {
  const value: unknown = JSON.parse(line ?? '');
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}

test('a line holds time, level, event and the fields of the table', () => {
  const { log, lines } = collect();
  log.event({ event: 'shard.failed', shard: 2, code: 'SINK_FENCED', message: 'stop' });
  const { time, ...rest } = parse(lines[0]);
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(rest, {
    level: 'error',
    event: 'shard.failed',
    shard: 2,
    code: 'SINK_FENCED',
    message: 'stop',
  });
});

test('a field that is not in the table never reaches a line, whatever it is', () => {
  const { log, lines } = collect();
  const event: LogEvent = { event: 'shard.started', shard: 1 };
  log.event(
    Object.assign(event, {
      value: 'canary',
      error: new Error('canary'),
      err: new Error('canary'),
      record: { name: 'canary' },
      toJSON: () => 'canary',
    }),
  );
  assert.doesNotMatch(lines.join(''), /canary/);
});

test('a field of another kind than the table says is left out', () => {
  const kinds: readonly FieldKind[] = ['text', 'number', 'boolean', 'texts', 'problems'];
  for (const kind of kinds) assert.equal(serializeField(kind, { secret: 'canary' }), undefined);
  assert.deepEqual(serializeField('texts', ['a', { b: 'canary' }, 3]), ['a']);
  assert.deepEqual(
    serializeField('problems', [{ code: 'A', path: 'b', message: 'c', value: 'canary' }, 'canary']),
    [{ code: 'A', path: 'b', message: 'c' }, {}],
  );
  assert.equal(serializeField('number', Number.NaN), undefined);
});

test('long texts and lists are cut, so that a line is bounded', () => {
  assert.equal(String(serializeField('text', 'x'.repeat(10_000))).length, 501);
  const list = serializeField('texts', Array<string>(1000).fill('x'));
  assert.equal(Array.isArray(list) && list.length, 100);
});

test('every event of the table is written at its level with exactly its fields', () => {
  const samples: Readonly<Record<FieldKind, unknown>> = {
    text: 'a',
    number: 1,
    boolean: true,
    texts: ['a'],
    problems: [{ code: 'A', path: 'p', message: 'm' }],
  };
  const names: readonly string[] = Object.keys(logEvents);
  for (const name of names) {
    const { log, lines } = collect();
    const spec = logEvents[name as EventName];
    const fields = Object.fromEntries(
      Object.entries(spec.fields).map(([field, kind]) => [field, samples[kind]]),
    );
    log.event({ event: name, ...fields } as unknown as LogEvent);
    const { time, level, event, ...rest } = parse(lines[0]);
    assert.ok(time);
    assert.equal(level, spec.level);
    assert.equal(event, name);
    assert.deepEqual(Object.keys(rest).sort(), Object.keys(spec.fields).sort());
  }
});

test('lines below the level are not written, and the level may change', () => {
  const { log, lines } = collect('json', 'warn');
  log.event({ event: 'shard.started', shard: 1 });
  assert.equal(lines.length, 0);
  log.setLevel('info');
  log.event({ event: 'shard.started', shard: 1 });
  assert.equal(lines.length, 1);
});

test('text lines are for people: time, level, event, fields', () => {
  const { log, lines } = collect('text');
  log.event({ event: 'shard.failed', shard: 2, code: 'A', message: 'b c' });
  assert.match(
    lines.join(''),
    /^\d\d:\d\d:\d\d\.\d{3} ERROR shard\.failed shard=2 code="A" message="b c"\n$/,
  );
});
