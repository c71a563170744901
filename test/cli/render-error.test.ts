import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderError } from '../../src/cli/render-error.ts';
import { ConfigError, configProblem } from '../../src/operations/config/errors.ts';
import { LetheError } from '../../src/foundation/errors.ts';

test('a problem shows code, path, place, message and remedy', () => {
  const problem = configProblem('CONFIG_KEY_UNKNOWN', 'a.b', 'remove "b"', { line: 3, column: 5 });
  assert.equal(
    renderError(new ConfigError('lethe.yaml', [problem]), false),
    [
      'lethe: CONFIG_KEY_UNKNOWN: Correct "lethe.yaml": 1 problem',
      '  CONFIG_KEY_UNKNOWN  a.b  (line 3, column 5)',
      '      remove "b"',
      '      remedy: remove the key, or correct its spelling',
      '',
    ].join('\n'),
  );
});

test('an error without further problems is one line', () => {
  assert.equal(renderError(new LetheError('A_B', 'do this'), false), 'lethe: A_B: do this\n');
});

test('an error of another maker shows neither text nor stack', () => {
  const text = renderError(new TypeError('canary'), false);
  assert.match(text, /^lethe: UNEXPECTED: unexpected TypeError\n/);
  assert.doesNotMatch(text, /canary|\bat /);
});

test('debug adds frames of the error and its causes, but no text', () => {
  const cause = new TypeError('canary');
  const text = renderError(new LetheError('A_B', 'do this', { cause }), true);
  assert.match(text, /^\s+at /m);
  assert.match(text, /caused by TypeError/);
  assert.doesNotMatch(text, /canary/);
});

test('very many problems are cut', () => {
  const problems = Array.from({ length: 300 }, (_, at) => ({
    code: 'A_B',
    path: `p${at}`,
    message: 'm',
  }));
  const text = renderError(new LetheError('A_B', 'do', { problems }), false);
  assert.match(text, /and 100 more\n$/);
});
