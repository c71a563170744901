import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reloader } from '../../../src/operations/config/reload.ts';
import { parseConfig } from '../../../src/operations/config/parse.ts';
import type { LoadedConfig } from '../../../src/operations/config/loaded-config.ts';
import type { ReloadOutcome } from '../../../src/operations/config/reload.ts';
import { context, smallText } from './example.ts';

const good: LoadedConfig = { ...parseConfig(smallText, context), files: [] };

test('a good configuration is applied', async () => {
  const outcomes: ReloadOutcome[] = [];
  const applied: LoadedConfig[] = [];
  const reloader = new Reloader({
    load: () => good,
    apply: (config) => Promise.resolve(void applied.push(config)),
    report: (outcome) => outcomes.push(outcome),
  });
  await reloader.request();
  assert.deepEqual(applied, [good]);
  assert.equal(outcomes[0]?.outcome, 'applied');
});

test('a bad file is rejected whole, and nothing is applied', async () => {
  const outcomes: ReloadOutcome[] = [];
  const reloader = new Reloader({
    load: () => ({ ...parseConfig('kafka: 1', context), files: [] }),
    apply: () => assert.fail('must not be applied'),
    report: (outcome) => outcomes.push(outcome),
  });
  await reloader.request();
  const [outcome] = outcomes;
  assert.ok(outcome?.outcome === 'rejected');
  assert.match(outcome.error.code, /^CONFIG_/);
  assert.ok(outcome.error.problems.length > 3);
});

test('a configuration that the service refuses is rejected, without foreign texts', async () => {
  const outcomes: ReloadOutcome[] = [];
  const reloader = new Reloader({
    load: () => good,
    apply: () => Promise.reject(new Error('canary')),
    report: (outcome) => outcomes.push(outcome),
  });
  await reloader.request();
  assert.equal(outcomes[0]?.outcome, 'rejected');
  assert.doesNotMatch(JSON.stringify(outcomes), /canary/);
});

test('requests during a reload are answered by one more reload, one at a time', async () => {
  let running = 0;
  let loads = 0;
  const reloader = new Reloader({
    load: () => {
      loads++;
      return good;
    },
    apply: async () => {
      assert.equal(++running, 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
    },
    report: () => undefined,
  });
  const first = reloader.request();
  await Promise.all([first, reloader.request(), reloader.request(), reloader.request()]);
  assert.equal(loads, 2);
});
