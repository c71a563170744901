/** Settings for tests: what a configuration file would give, with short times. */
import type { ClusterSettings, ServiceSettings } from '../../../src/streaming/settings.ts';

export function clusterSettings(
  bootstrapServers: string,
  extra: Partial<ClusterSettings> = {},
): ClusterSettings {
  return {
    name: 'test',
    bootstrapServers: bootstrapServers.split(','),
    clientId: 'lethe-test',
    tls: null,
    sasl: null,
    requestTimeout: 10_000,
    ...extra,
  };
}

export function serviceSettings(
  groupId: string,
  extra: Partial<ServiceSettings> = {},
): ServiceSettings {
  return {
    groupId,
    instanceId: null,
    shards: 1,
    dryRun: false,
    sessionTimeout: 10_000,
    rebalanceTimeout: 10_000,
    heartbeatInterval: 500,
    startFrom: 'earliest',
    transaction: { maxAge: 100, maxBytes: 16 << 20, timeout: 15_000 },
    limits: {
      recordBytes: 1 << 20,
      depth: 64,
      items: 100_000,
      inFlightBytes: 64 << 20,
      fetchBytes: 32 << 20,
      partitionFetchBytes: 1 << 20,
      outputBatchBytes: 900_000,
      plans: 100,
      schemaBytes: 1 << 20,
    },
    heartbeatDeadline: 10_000,
    drainTimeout: 10_000,
    ...extra,
  };
}
