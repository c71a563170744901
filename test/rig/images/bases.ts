/**
 * Base images out of Debian packages, for machines that reach package registries and no image registry. They hold what the Dockerfile's own
 * bases hold and the service needs.
 */
import {
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { demand } from '../execute.ts';
import { unpackPackages } from '../unpacked-packages.ts';
import { cachedImage, type BuiltImage, type Say } from './cached-image.ts';

const HERE = import.meta.dirname;
const NODE = join(HERE, '..', '..', '..', 'node_modules', 'node');

const runtimePackages = [
  ...['base-files', 'netbase', 'tzdata', 'ca-certificates'],
  ...['libc6', 'libgcc-s1', 'libstdc++6'],
];

/** A shell and tools for RUN, with the libraries that they link. */
const buildPackages = [
  ...runtimePackages,
  ...['dash', 'coreutils', 'findutils', 'sed', 'grep'],
  ...['libselinux1', 'libpcre2-8-0', 'libacl1', 'libattr1', 'libgmp10'],
];

/** Node's libraries, certificates, time zones and an account without rights, and no program. */
export function runtimeBase(say?: Say): Promise<BuiltImage> {
  return cachedImage(
    {
      name: 'localhost/runtime-base:1',
      dockerfile: dockerfileOf('runtime-base'),
      inputs: [readFileSync(import.meta.filename, 'utf8')],
      fill: (context) => debianRoot(join(context, 'files'), runtimePackages),
    },
    say,
  );
}

/** The same with a shell and tools, the pinned Node, and the npm of this machine. */
export async function buildBase(say?: Say): Promise<BuiltImage> {
  const node = JSON.parse(readFileSync(join(NODE, 'package.json'), 'utf8')) as { version: string };
  // npm would leave its compiled code in the folder for temporary files.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const npm = (await demand(['npm', '--version'], { env })).trim();
  return cachedImage(
    {
      name: 'localhost/build-base:1',
      dockerfile: dockerfileOf('build-base'),
      inputs: [readFileSync(import.meta.filename, 'utf8'), node.version, npm],
      fill: async (context) => {
        const files = join(context, 'files');
        await debianRoot(files, buildPackages);
        const local = join(files, 'usr', 'local');
        mkdirSync(join(local, 'lib'), { recursive: true });
        mkdirSync(join(local, 'bin'), { recursive: true });
        cpSync(join(NODE, 'bin', 'node'), join(local, 'bin', 'node'));
        cpSync(await npmFolder(), join(local, 'lib', 'npm'), { recursive: true });
        symlinkSync('../lib/npm/bin/npm-cli.js', join(local, 'bin', 'npm'));
      },
    },
    say,
  );
}

export function dockerfileOf(image: string): string {
  return readFileSync(join(HERE, image, 'Dockerfile'), 'utf8');
}

/** Files of packages, and by hand what their scripts would make. */
async function debianRoot(root: string, packages: readonly string[]): Promise<void> {
  mkdirSync(root);
  await unpackPackages(packages, root);
  for (const unread of ['usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian'])
    rmSync(join(root, unread), { recursive: true, force: true });
  const etc = join(root, 'etc');
  mkdirSync(join(root, 'home', 'nonroot'), { recursive: true });
  mkdirSync(join(root, 'root'), { recursive: true });
  writeFileSync(
    join(etc, 'passwd'),
    'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  );
  writeFileSync(join(etc, 'group'), 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n');
  writeFileSync(join(etc, 'nsswitch.conf'), 'hosts: files dns\n');
  const bundle = join(etc, 'ssl', 'certs');
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'ca-certificates.crt'), certificates(root));
}

/** Every authority of the package in one file, as its own script would write. */
function certificates(root: string): string {
  const folder = join(root, 'usr', 'share', 'ca-certificates', 'mozilla');
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').trimEnd() + '\n')
    .join('');
}

async function npmFolder(): Promise<string> {
  const program = (await demand(['sh', '-c', 'command -v npm'])).trim();
  // <folder>/bin/npm-cli.js
  return join(realpathSync(program), '..', '..');
}
