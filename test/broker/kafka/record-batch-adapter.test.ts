import { recordBatchAdapter } from '../../../src/streaming/kafka/record-batch-adapter.ts';
import { TransactionalSink } from '../../../src/streaming/kafka/sink/transactional-sink.ts';
import { startKafka } from '../../rig/kafka.ts';
import { describeContract } from '../../streaming/kafka/contract.ts';
import { clusterSettings } from '../../streaming/kafka/settings.ts';

/** A cleaner that comes soon, so that a test can wait for compaction. */
const properties = {
  'log.cleaner.backoff.ms': 200,
  'log.cleaner.dedupe.buffer.size': 20_000_000,
  'log.retention.check.interval.ms': 500,
};

describeContract('the record-batch adapter, transaction version 2', {
  adapter: recordBatchAdapter,
  start: () => startKafka({ properties }),
});

describeContract('the record-batch adapter, transaction version 1 by choice', {
  adapter: recordBatchAdapter,
  start: () => startKafka({ properties }),
  sink: (service, transactionalId, servers) =>
    new TransactionalSink({
      cluster: clusterSettings(servers),
      service,
      transactionalId,
      transactionVersion: 1,
    }),
});
