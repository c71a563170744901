import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '../../src/operations/health.ts';
import type { ServiceStatus } from '../../src/streaming/service.ts';

const running: ServiceStatus = {
  ready: true,
  phase: 'running',
  shards: [{ shard: 0, state: 'running', restarts: 0 }],
  halted: [],
  problems: [],
};

test('a running service is ready without reasons', () => {
  const health = new Health(() => running);
  assert.deepEqual(health.readiness(), { ready: true, reasons: [] });
  assert.equal(health.live(), true);
});

test('the phase, every halted partition and every problem is a reason', () => {
  const health = new Health(() => ({
    ready: false,
    phase: 'starting',
    shards: [],
    halted: [{ topic: 'raw', partition: 2, code: 'SCHEMA_REFUSED' }],
    problems: [{ code: 'REGISTRY_DOWN', message: 'no answer' }],
  }));
  const { ready, reasons } = health.readiness();
  assert.equal(ready, false);
  assert.deepEqual(
    reasons.map(({ code }) => code),
    ['PHASE_STARTING', 'SCHEMA_REFUSED', 'REGISTRY_DOWN'],
  );
});

test('a process that ends is not ready, though the service still runs', () => {
  const health = new Health(() => running);
  health.end();
  assert.equal(health.readiness().ready, false);
  assert.equal(health.live(), true);
});

test('a service that gave up is not alive', () => {
  assert.equal(new Health(() => ({ ...running, phase: 'failed' })).live(), false);
});
