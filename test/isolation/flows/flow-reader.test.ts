import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLetheError } from '../../../src/foundation/errors.ts';
import { FlowReader, parseFlows } from '../../../src/isolation/flows/flow-reader.ts';
import { flowFormats, type FlowFormat } from '../../../src/isolation/flows/observed-flow.ts';
import { fixture, read, told } from './told.ts';

const fixtures: Readonly<Record<string, FlowFormat>> = {
  hubble: 'hubble',
  calico: 'calico',
  whisker: 'calico',
  'kube-network-policies': 'kube-network-policies',
  netfilter: 'netfilter',
  kafka: 'kafka',
};

/** A small generator of numbers below a bound, the same for the same seed (xorshift32). */
function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const code = (error: unknown): string => (isLetheError(error) ? error.code : String(error));

test('every format is told from its first lines', () => {
  for (const [name, format] of Object.entries(fixtures))
    assert.equal(read(null, fixture(name)).reader.format, format, name);
});

test('piece boundaries anywhere change nothing, whether the format is told or found', () => {
  const next = random(42);
  for (const [name, format] of Object.entries(fixtures)) {
    const bytes = fixture(name);
    const whole = read(format, bytes);
    for (let round = 0; round < 60; round += 1) {
      const reader = new FlowReader(round % 2 === 0 ? format : null);
      const flows = [];
      for (let at = 0; at < bytes.length;) {
        const size = round < 2 ? 1 : 1 + next(round < 30 ? 50 : 3000);
        flows.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      flows.push(...reader.end());
      assert.deepEqual(flows, whole.flows, name);
      assert.deepEqual(reader.counts, whole.reader.counts, name);
    }
  }
});

test('a stream that was ended from outside leaves out the part of a line that it was cut in', () => {
  const reader = new FlowReader('hubble');
  const [first = '', second = ''] = fixture('hubble').toString().split('\n');
  assert.equal(reader.push(Buffer.from(`${first}\n${second.slice(0, 99)}`)).length, 1);
  assert.deepEqual(reader.end(true), []);
  assert.deepEqual(reader.counts.malformed, {});
});

test('parseFlows gives the flows of a stream one by one', async () => {
  const flows = [];
  const text = fixture('hubble').toString();
  for await (const flow of parseFlows('hubble', [text.slice(0, 700), text.slice(700)]))
    flows.push(told(flow));
  assert.deepEqual(flows, read('hubble', text).flows.map(told));
});

test('a kind of fault is told once, with its first line, and all are counted', () => {
  const faults: string[] = [];
  const log = [
    '',
    'no JSON',
    '{"also": "none"}',
    'again',
    fixture('hubble').toString().split('\n')[0]!,
  ];
  const { flows, reader } = read('hubble', log.join('\n'), {
    onFault: (line, fault) => faults.push(`${line} ${fault}`),
  });
  assert.equal(flows.length, 1);
  assert.deepEqual(faults, ['2 not-json', '3 not-a-flow']);
  assert.deepEqual(reader.counts.malformed, {
    'not-json': { count: 2, first: 2 },
    'not-a-flow': { count: 1, first: 3 },
  });
});

test('a log of which nothing is understood is refused, and so is an empty one', () => {
  const refused = (format: FlowFormat | null, text: string, expected: string): void =>
    assert.throws(
      () => read(format, text),
      (error) => code(error) === expected,
    );
  refused('calico', 'x\ny\n', 'FLOWS_NOT_UNDERSTOOD');
  refused('hubble', fixture('calico').toString(), 'FLOWS_NOT_UNDERSTOOD');
  refused(null, 'x\ny\n', 'FLOWS_FORMAT_UNKNOWN');
  refused(null, '\n\n', 'FLOWS_EMPTY');
  refused(null, 'x\n'.repeat(1001), 'FLOWS_FORMAT_UNKNOWN');
});

test('lines before the first one that tells the format are read with it', () => {
  const log = `starting\n${'{"ts":1,"msg":"hello"}\n'.repeat(50)}${fixture('kube-network-policies').toString()}`;
  const { flows, reader } = read(null, log);
  assert.equal(flows.length, 2);
  assert.deepEqual(reader.counts.malformed, { 'not-json': { count: 1, first: 1 } });
});

test('a line that is too long is counted, not kept', () => {
  const [first = ''] = fixture('hubble').toString().split('\n');
  const { flows, reader } = read('hubble', `${'x'.repeat(5000)}\n${first}`, { longestLine: 4000 });
  assert.equal(flows.length, 1);
  assert.deepEqual(reader.counts.malformed, { 'too-long': { count: 1, first: 1 } });
});

test('no fault and no refusal repeats what a line says', () => {
  const canary = 'canary-4711';
  const said: string[] = [];
  for (const format of flowFormats) {
    const log = `${canary}\n{"${canary}":"${canary}"}\n{"flow":{"verdict":"${canary}"},"msg":"${canary}","reporter":"${canary}","action":"${canary}"}`;
    try {
      read(format, log, { onFault: (line, fault, text) => said.push(`${line} ${fault} ${text}`) });
    } catch (error) {
      assert.ok(isLetheError(error));
      said.push(error.message, JSON.stringify(error.problems));
    }
  }
  assert.ok(said.length > 5);
  assert.ok(!said.join('\n').includes(canary));
});

test('mutilated lines of every format are flows, skipped or malformed, and never an exception', () => {
  const next = random(7);
  const words = [
    'null',
    '{}',
    '[]',
    '""',
    '-1',
    '1e999',
    '"__proto__"',
    'true',
    '\u0000',
    '"\u001b[31m"',
    '{"a":'.repeat(50),
  ];
  for (const [name, format] of Object.entries(fixtures)) {
    const lines = fixture(name)
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    const reader = new FlowReader(format);
    let pushed = 0;
    for (let round = 0; round < 3000; round += 1) {
      let line = lines[next(lines.length)]!;
      for (let change = 0; change <= next(3); change += 1) {
        const [from, size] = [next(line.length), next(12)];
        const word = next(2) === 0 ? '' : words[next(words.length)]!;
        line = line.slice(0, from) + word + line.slice(from + size);
      }
      line = line.replaceAll('\n', ' ');
      if (line.trim() === '') continue;
      pushed += 1;
      for (const flow of reader.push(Buffer.from(`${line}\n`))) {
        // Whatever comes through is safe to print.
        assert.doesNotMatch(JSON.stringify(told(flow)), /\\u00[01]/);
        assert.ok(flow.port === null || (flow.port > 0 && flow.port < 65_536));
      }
    }
    const { lines: all, flows, skipped, malformed } = reader.counts;
    const others = Object.values(skipped).reduce((sum, one) => sum + one, 0);
    const bad = Object.values(malformed).reduce((sum, one) => sum + one.count, 0);
    assert.equal(all, pushed);
    assert.equal(flows + others + bad, all, name);
    assert.ok(bad > 100, name);
  }
});

test('entries made of keys in every combination are never an exception', () => {
  const next = random(99);
  const keys = [
    'flow',
    'verdict',
    'IP',
    'l4',
    'TCP',
    'source',
    'destination',
    'labels',
    'is_reply',
    'reporter',
    'action',
    'policies',
    'enforced',
    'trigger',
    'msg',
    'ts',
    'id',
    'packet',
    'srcPod',
    'oob.prefix',
    'ct.event',
    'ip.protocol',
    'src_ip',
    'dest_port',
    'proto',
    'source_name',
    '__proto__',
    'constructor',
    'toString',
    'time',
  ];
  const leaves = [
    'FORWARDED',
    'TCP',
    'allow',
    'src',
    '10.0.0.1',
    'Evaluating packet',
    6,
    1,
    0,
    -1,
    9093,
    null,
    true,
    false,
    1e300,
    '',
  ];
  const make = (depth: number): unknown => {
    const kind = next(depth > 3 ? 2 : 5);
    if (kind < 2) return leaves[next(leaves.length)];
    if (kind === 2) return [make(depth + 1), make(depth + 1)];
    return Object.fromEntries(
      Array.from({ length: next(8) }, () => [keys[next(keys.length)], make(depth + 1)]),
    );
  };
  for (const format of flowFormats) {
    const reader = new FlowReader(format);
    for (let round = 0; round < 3000; round += 1)
      reader.push(Buffer.from(`${JSON.stringify(make(0))}\n`));
    assert.equal(reader.counts.lines, 3000);
  }
});
