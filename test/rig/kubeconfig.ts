import { writeFileSync } from 'node:fs';
import type { Authority } from './certificates.ts';

/** Writes a file for whoever holds the token. */
export function writeKubeconfig(
  file: string,
  {
    url,
    authority,
    token,
  }: { readonly url: string; readonly authority: Authority; readonly token: string },
): void {
  const certificate = Buffer.from(authority.certificate).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'rig', cluster: { server: url, 'certificate-authority-data': certificate } },
    ],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'rig', context: { cluster: 'rig', user: 'user' } }],
    'current-context': 'rig',
  };
  // YAML, since JSON is YAML.
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
}
