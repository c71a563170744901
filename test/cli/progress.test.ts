import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { Progress } from '../../src/cli/progress.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

function terminal(interactive: boolean) {
  const state = { text: '' };
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      state.text += chunk.toString();
      done();
    },
  });
  const fake: Terminal = {
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    interactive,
    columns: 80,
  };
  return { fake, state };
}

test('a bar shows the part of the bytes, the records and the rate', () => {
  const { fake, state } = terminal(true);
  const clock = { now: 0 };
  const progress = new Progress(fake, 1000, () => clock.now);
  clock.now = 2000;
  progress.update(500, 4000);
  assert.match(state.text, /█+░+ {2}50% {2}4000 records {2}2000\/s/);
  const drawn = state.text.length;
  progress.update(501, 4001);
  assert.equal(state.text.length, drawn, 'ten frames a second are enough');
});

test('a pipe of unknown length shows records only', () => {
  const { fake, state } = terminal(true);
  const clock = { now: 0 };
  const progress = new Progress(fake, null, () => clock.now);
  clock.now = 1000;
  progress.update(500, 10);
  assert.match(state.text, /^\r10 records {2}10\/s/);
  progress.clear();
  assert.ok(state.text.endsWith('\r\u001b[K'));
});

test('nothing is drawn where no person reads', () => {
  const { fake, state } = terminal(false);
  const progress = new Progress(fake, 10, () => 5000);
  progress.update(5, 1);
  progress.clear();
  assert.equal(state.text, '');
});
