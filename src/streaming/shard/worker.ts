/** Entry of a worker thread: one shard with the anonymizing transformer. */
import { parentPort, workerData } from 'node:worker_threads';
import { createAnonymizingTransformer } from './create-transformer.ts';
import type { ShardStart } from './messages.ts';
import { ShardRuntime } from './shard-runtime.ts';

if (parentPort === null) throw new Error('start this file as a worker thread');
await new ShardRuntime(parentPort, workerData as ShardStart, createAnonymizingTransformer).run();
