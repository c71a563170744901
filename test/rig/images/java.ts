import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from '../cache.ts';
import { demand, execute } from '../execute.ts';
import type { Say } from './cached-image.ts';

/** What Kafka and the registry use of Java. */
const modules = [
  ...[
    'java.base',
    'java.desktop',
    'java.instrument',
    'java.logging',
    'java.management',
    'java.naming',
    'java.net.http',
  ],
  ...[
    'java.rmi',
    'java.scripting',
    'java.security.jgss',
    'java.security.sasl',
    'java.sql',
    'java.transaction.xa',
  ],
  ...['java.xml', 'jdk.crypto.ec', 'jdk.management', 'jdk.net', 'jdk.unsupported', 'jdk.zipfs'],
];

/** A Java runtime of only these modules, cut out of the machine's own Java. @returns its folder. */
export async function javaRuntime(say: Say = () => undefined): Promise<string> {
  const { err } = await execute(['java', '-version']);
  const flags = ['--strip-debug', '--no-header-files', '--no-man-pages', '--compress=2'];
  const digest = createHash('sha256')
    .update([process.arch, err, ...modules, ...flags].join('\0'))
    .digest('hex')
    .slice(0, 8);
  const home = await installOnce({
    name: `java-runtime-${digest}`,
    say,
    fill: async (into) => {
      const java = join(into, 'java');
      await demand(
        [
          'nice',
          '-n',
          '10',
          'jlink',
          ...flags,
          '--add-modules',
          modules.join(','),
          '--output',
          java,
        ],
        { patience: 300_000 },
      );
      for (const unused of ['jrunscript', 'rmiregistry', 'keytool'])
        rmSync(join(java, 'bin', unused), { force: true });
    },
  });
  return join(home, 'java');
}
