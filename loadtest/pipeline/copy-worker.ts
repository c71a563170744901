/** Entry of a worker thread: the product's shard with a transformer that copies. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ShardStart } from '../../src/streaming/shard/messages.ts';
import { ShardRuntime } from '../../src/streaming/shard/shard-runtime.ts';
import { CopyingTransformer } from './copying-transformer.ts';

if (parentPort === null) throw new Error('start this file as a worker thread');
const create = (context: ConstructorParameters<typeof CopyingTransformer>[0]) =>
  Promise.resolve(new CopyingTransformer(context));
await new ShardRuntime(parentPort, workerData as ShardStart, create).run();
