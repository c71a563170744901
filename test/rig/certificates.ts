import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Identity {
  /** PEM text. */
  readonly certificate: string;
  readonly key: string;
  /** Paths of the same. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface Authority {
  readonly certificate: string;
  readonly certificateFile: string;
  /** Signs a new key; the subject is `CN=<name>`, which is also its Kafka principal `User:CN=<name>`. Kubernetes reads groups from the organization. */
  issue(name: string, addresses?: readonly string[], organization?: string): Promise<Identity>;
}

/** Makes a certificate authority in `directory`, valid for a day. */
export async function createAuthority(directory: string): Promise<Authority> {
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: readonly string[]): Promise<unknown> =>
    run('openssl', [...args], { cwd: directory });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    ...['req', '-x509', ...newKey, '-days', '1', '-keyout', 'ca.key', '-out', 'ca.pem'],
    ...['-subj', '/CN=rig', '-addext', 'basicConstraints=critical,CA:TRUE'],
  );
  return {
    certificate: readFileSync(at('ca.pem'), 'utf8'),
    certificateFile: at('ca.pem'),
    async issue(name, addresses = [], organization) {
      const names = ['localhost', ...addresses].map(
        (address) => `${isIP(address) > 0 ? 'IP' : 'DNS'}:${address}`,
      );
      writeFileSync(
        at(`${name}.ext`),
        `subjectAltName=${names.join(',')}\nextendedKeyUsage=serverAuth,clientAuth\n`,
      );
      await openssl(
        ...['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`],
        ...['-subj', `${organization === undefined ? '' : `/O=${organization}`}/CN=${name}`],
      );
      await openssl(
        ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key'],
        ...['-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`, '-out', `${name}.pem`],
      );
      return {
        certificateFile: at(`${name}.pem`),
        keyFile: at(`${name}.key`),
        certificate: readFileSync(at(`${name}.pem`), 'utf8'),
        key: readFileSync(at(`${name}.key`), 'utf8'),
      };
    },
  };
}
