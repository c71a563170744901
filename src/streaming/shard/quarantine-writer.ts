import { isTransactional } from '../kafka/record-batch-adapter.ts';
import { encodeRecords } from '../kafka/batches/record-batch-writer.ts';
import { quarantineKey, renderQuarantineRecord } from '../quarantine/record.ts';
import type { QuarantineRecord } from '../quarantine/record.ts';
import type { StreamingSettings } from '../settings.ts';
import type { ClusterOutput } from './record-transformer.ts';
import type { Refused } from './slice-output.ts';

/** Encodes quarantine records of one slice for the quarantine topic. */
export class QuarantineWriter {
  readonly #cluster: string;
  readonly #topic: string;
  readonly #partitions: number;
  readonly #maxBatchBytes: number;
  readonly #transactional: boolean;

  constructor(settings: StreamingSettings, sourceCluster: string, partitions: number) {
    const { cluster, topic } = settings.quarantine;
    this.#cluster = cluster;
    this.#topic = topic;
    this.#partitions = partitions;
    this.#maxBatchBytes = settings.service.limits.outputBatchBytes;
    this.#transactional = isTransactional(
      settings.clusters.get(sourceCluster)!,
      settings.clusters.get(cluster)!,
    );
  }

  /** The time of the record is that of its quarantine: the raw one may be classified, and retention must not sweep it away at once. */
  encode(
    from: { readonly topic: string; readonly partition: number; readonly route: string },
    refused: readonly Refused[],
  ): ClusterOutput {
    const timestamp = Date.now();
    const records = refused.map(({ code, offset, path, schemaId, planDigest, fingerprint }) => {
      const record: QuarantineRecord = {
        topic: from.topic,
        partition: from.partition,
        offset: String(offset),
        code,
        path,
        schemaId,
        planDigest,
        fingerprint,
        route: from.route,
      };
      const [key, value] = [quarantineKey(record), renderQuarantineRecord(record)];
      return { timestamp, key, value, headers: [] };
    });
    const { buffer, batches } = encodeRecords(records, {
      maxBatchBytes: this.#maxBatchBytes,
      transactional: this.#transactional,
      codec: 'none',
    });
    const partition = from.partition % this.#partitions;
    return { cluster: this.#cluster, slice: { topic: this.#topic, partition, buffer, batches } };
  }
}
