import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  connectionOptions,
  parseBroker,
} from '../../../../src/streaming/kafka/connection/connections.ts';
import { clusterSettings } from '../settings.ts';

describe('the address of a broker', () => {
  const cases: [string, string, number][] = [
    ['kafka:9093', 'kafka', 9093],
    ['kafka', 'kafka', 9092],
    ['10.0.0.1:1', '10.0.0.1', 1],
    ['[::1]:9094', '::1', 9094],
    ['[::1]', '::1', 9092],
  ];
  for (const [address, host, port] of cases) {
    it(`${address} is ${host} at ${port}`, () => {
      assert.deepEqual(parseBroker(address), { host, port });
    });
  }
});

describe('connection options', () => {
  const tls = { ca: 'CA', certificate: 'CERT', key: 'KEY', rejectUnauthorized: true };

  it('name neither TLS nor SASL unless asked', () => {
    const options = connectionOptions(clusterSettings('a:1'));
    assert.deepEqual(options, { connectTimeout: 10_000, requestTimeout: 10_000 });
  });

  it('hand certificates to Node under its own names', () => {
    const options = connectionOptions(clusterSettings('10.0.0.1:1', { tls }));
    assert.deepEqual(options.tls, { ca: 'CA', cert: 'CERT', key: 'KEY', rejectUnauthorized: true });
    assert.equal(options.tlsServerName, undefined);
  });

  it('name the server in the handshake where hosts have names', () => {
    assert.equal(connectionOptions(clusterSettings('kafka:1', { tls })).tlsServerName, true);
    const named = { ...tls, serverName: 'other' };
    const options = connectionOptions(clusterSettings('10.0.0.1:1', { tls: named }));
    assert.equal(options.tlsServerName, 'other');
  });

  it('read the token anew each time', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lethe-'));
    const tokenFile = join(directory, 'token');
    const sasl = { mechanism: 'OAUTHBEARER', tokenFile } as const;
    const token = connectionOptions(clusterSettings('a:1', { sasl })).sasl?.token;
    assert.ok(typeof token === 'function');
    for (const text of ['first', 'second']) {
      await writeFile(tokenFile, `${text}\n`);
      assert.equal(await token(), text);
    }
    await rm(directory, { recursive: true });
  });

  it('pass user names and passwords', () => {
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } as const;
    assert.deepEqual(connectionOptions(clusterSettings('a:1', { sasl })).sasl, sasl);
  });
});
