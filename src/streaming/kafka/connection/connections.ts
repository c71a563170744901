/** Connections to the brokers of one cluster. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import {
  ConnectionPool,
  type Broker,
  type Connection,
  type ConnectionOptions,
  type SASLOptions,
} from '@platformatic/kafka';
import type { ClusterSettings, SaslSettings } from '../../settings.ts';
import { tlsOptions } from './tls-options.ts';

/** `host:port`, with brackets around an IPv6 address; the port defaults to 9092. */
export function parseBroker(address: string): Broker {
  const colon = address.lastIndexOf(':');
  const hasPort = colon > address.lastIndexOf(']') && /^\d+$/.test(address.slice(colon + 1));
  const host = hasPort ? address.slice(0, colon) : address;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: hasPort ? Number(address.slice(colon + 1)) : 9092,
  };
}

function saslOptions(sasl: SaslSettings): SASLOptions {
  switch (sasl.mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password };
    case 'OAUTHBEARER':
      return {
        mechanism: sasl.mechanism,
        token: async () => (await readFile(sasl.tokenFile, 'utf8')).trim(),
      };
  }
}

/** Options for the library's connections. */
export function connectionOptions(cluster: ClusterSettings): ConnectionOptions {
  const named = cluster.bootstrapServers.every((address) => isIP(parseBroker(address).host) === 0);
  return {
    connectTimeout: Math.min(cluster.requestTimeout, 10_000),
    requestTimeout: cluster.requestTimeout,
    ...(cluster.tls === null
      ? {}
      : {
          tls: tlsOptions(cluster.tls),
          // SNI may not hold an IP address (RFC 6066 §3).
          ...(named || cluster.tls.serverName !== undefined
            ? { tlsServerName: cluster.tls.serverName ?? true }
            : {}),
        }),
    ...(cluster.sasl === null ? {} : { sasl: saslOptions(cluster.sasl) }),
  };
}

/**
 * Three pools, since a broker serves the requests of a connection one after the other: a Fetch that waits for data would hold up
 * a Produce, and a Produce that waits for replicas would hold up a coordinator.
 */
export class Connections {
  readonly fetch: ConnectionPool;
  readonly produce: ConnectionPool;
  readonly coordinator: ConnectionPool;
  readonly bootstrap: readonly Broker[];

  constructor(cluster: ClusterSettings) {
    const pool = (): ConnectionPool =>
      guarded(new ConnectionPool(cluster.clientId, connectionOptions(cluster)));
    this.fetch = pool();
    this.produce = pool();
    this.coordinator = pool();
    this.bootstrap = cluster.bootstrapServers.map(parseBroker);
  }

  /** A connection to the first of `brokers` that answers, for requests that any broker serves. */
  async any(brokers: readonly Broker[]): Promise<Connection> {
    return this.coordinator.getFirstAvailable([...brokers, ...this.bootstrap]);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.fetch.close(), this.produce.close(), this.coordinator.close()]);
  }
}

/** An error event of a connection is always told to its requests too; without a listener it would end the process. */
function guarded(pool: ConnectionPool): ConnectionPool {
  pool.on('connecting', ({ connection }) => {
    connection.on('error', () => undefined);
  });
  return pool;
}
