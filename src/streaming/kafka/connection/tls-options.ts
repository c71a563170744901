import type { TlsSettings } from '../../settings.ts';

/** TLS options in Node's terms. Apart from the connections, so that the main thread need not load their library. */
export function tlsOptions(tls: TlsSettings) {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: tls.rejectUnauthorized,
  };
}
