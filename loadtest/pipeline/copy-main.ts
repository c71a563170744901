/** `lethe run` in copy mode: `node copy-main.ts run --config <file>`. Everything as in the product but the transformer. */
import { Worker } from 'node:worker_threads';
import { loadConfig } from '../../src/operations/config/load.ts';
import { Service } from '../../src/streaming/service.ts';
import type { Telemetry } from '../../src/streaming/telemetry.ts';

const telemetry: Telemetry = {
  event: () => undefined,
  report: () => undefined,
  registryCall: () => undefined,
  planCompiled: () => undefined,
  shardRestarted: () => undefined,
};
const config = process.argv[process.argv.indexOf('--config') + 1] ?? '';
const { settings } = loadConfig(config, process.env);
const service = new Service(settings, telemetry, {
  spawn: (start) => new Worker(new URL('./copy-worker.ts', import.meta.url), { workerData: start }),
});
process.once('SIGTERM', () => {
  void service.stop(settings.service.drainTimeout);
});
await service.start();
