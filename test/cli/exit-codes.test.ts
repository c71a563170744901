import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { LetheError } from '../../src/foundation/errors.ts';

for (const [code, expected] of [
  ['CONFIG_NOT_YAML', 2],
  ['CLI_OPTION_INVALID', 2],
  ['KEY_MISSING', 2],
  ['CONTAINER_MAGIC_MISSING', 2],
  ['HTTP_PORT_TAKEN', 2],
  ['SNAPSHOT_INVALID', 2],
  ['PLAN_REFUSED', 1],
  ['REGISTRY_UNREACHABLE', 1],
  ['SELF_TEST_FAILED', 70],
] as const)
  test(`${code} ends with ${expected}`, () => {
    assert.equal(exitCodeOf(new LetheError(code, 'text')), expected);
  });

test('errors of other makers are faults of the program', () => {
  assert.equal(exitCodeOf(new TypeError('x')), 70);
  assert.equal(exitCodeOf('x'), 70);
});

test('help ends with 0, wrong usage with 2', () => {
  assert.equal(exitCodeOf(new CommanderError(0, 'commander.help', '')), 0);
  assert.equal(exitCodeOf(new CommanderError(1, 'commander.unknownOption', '')), 2);
});
