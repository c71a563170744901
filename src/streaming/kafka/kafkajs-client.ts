/** kafkajs as administrator: configured from our settings, silent, and with its one defect that matters here mended. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import kafkajs, { type SASLOptions } from 'kafkajs';
import type { ClusterSettings, SaslSettings } from '../settings.ts';
import { tlsOptions } from './connection/tls-options.ts';

interface RequestQueue {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/**
 * kafkajs 2.2.4 arms a timer with a negative delay over and over, a busy loop per connection of which Node 24 warns (kafkajs #1556,
 * #1751). Its own method, mended: a timer only where something waits, and never in the past.
 */
function mendRequestQueue(): void {
  // The package has no export map, so its inner modules can be required.
  const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    readonly prototype: RequestQueue;
  };
  queue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null) return;
    let wait = this.throttledUntil - Date.now();
    if (this.pending.length > 0) wait = wait > 0 ? wait : 10;
    else if (wait <= 0) return;
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, wait);
  };
}

function saslOptions(sasl: SaslSettings): SASLOptions {
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username: sasl.username, password: sasl.password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username: sasl.username, password: sasl.password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username: sasl.username, password: sasl.password };
    case 'OAUTHBEARER':
      return {
        mechanism: 'oauthbearer',
        oauthBearerProvider: async () => ({
          value: (await readFile(sasl.tokenFile, 'utf8')).trim(),
        }),
      };
  }
}

let mended = false;

/** A kafkajs client for this cluster that logs nothing: it would print names of hosts and topics past our own logger. */
export function kafkajsClient(cluster: ClusterSettings): kafkajs.Kafka {
  if (!mended) mendRequestQueue();
  mended = true;
  return new kafkajs.Kafka({
    clientId: cluster.clientId,
    brokers: [...cluster.bootstrapServers],
    requestTimeout: cluster.requestTimeout,
    enforceRequestTimeout: true,
    connectionTimeout: Math.min(cluster.requestTimeout, 10_000),
    logLevel: kafkajs.logLevel.NOTHING,
    logCreator: () => () => undefined,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 },
    ...(cluster.tls === null ? {} : { ssl: tlsOptions(cluster.tls) }),
    ...(cluster.sasl === null ? {} : { sasl: saslOptions(cluster.sasl) }),
  });
}
