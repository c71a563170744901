/** How npm of this machine reaches its registry, for the npm inside a build. No address or password is written into an image. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from '../cache.ts';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Settings of npm that name places of this machine. */
const local =
  /^(cache|prefix|cafile|tmp|(user|global)config|script-shell|shell|node-options|init-module)\b/;

/**
 * Flags of `buildah build` for the machine's npm settings, its certificates and a cache of downloads.
 *
 * @param folder where the settings may be written: they may hold a token.
 */
export function npmFlags(folder: string): readonly string[] {
  const settings = join(folder, 'npmrc');
  writeFileSync(settings, npmSettings(process.env), { mode: 0o600 });
  const downloads = join(cacheRoot(), 'npm');
  mkdirSync(downloads, { recursive: true });
  return [
    ...['--secret', `id=npmrc,src=${settings}`],
    ...['--volume', `${downloads}:/root/.npm`],
    ...(existsSync(CERTIFICATES) ? ['--volume', `${CERTIFICATES}:${CERTIFICATES}:ro`] : []),
  ];
}

/** Lines of the user's own file and of the environment, without what only holds outside of the build. */
function npmSettings(env: NodeJS.ProcessEnv): string {
  const file =
    env['npm_config_userconfig'] ?? env['NPM_CONFIG_USERCONFIG'] ?? join(homedir(), '.npmrc');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const [name, value = ''] of Object.entries(env)) {
    const [, key = ''] = /^npm_config_(.+)$/i.exec(name) ?? [];
    if (/registry|auth|proxy|strict_ssl/i.test(key))
      lines.push(`${key.toLowerCase().replaceAll('_', '-')}=${value}`);
  }
  const kept = lines.filter((line) => !local.test(line.trim()));
  return [...kept, ...(existsSync(CERTIFICATES) ? [`cafile=${CERTIFICATES}`] : []), ''].join('\n');
}
