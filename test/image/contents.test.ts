/** What the built image holds, looked at file by file. */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { after, before, test } from 'node:test';
import { runContainer, unpackImage, type UnpackedImage } from '../rig/images/container.ts';
import { serviceImage, type BuiltImage } from '../rig/images/images.ts';
import { scratch } from '../rig/scratch.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MEGABYTE = 1_000_000;
/** Above the program of Node: base image 19, dependencies 16, the service 3. */
const BOUND = 40 * MEGABYTE;

const folder = scratch('image');
let built: BuiltImage;
let image: UnpackedImage;
/** Every regular file, from the image's root. */
let files: readonly string[];

before(async () => {
  built = await serviceImage(console.log);
  image = await unpackImage(built, folder.path);
  files = readdirSync(image.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(image.root, join(entry.parentPath, entry.name))}`);
});
after(() => folder.remove());

const inside = (path: string): string => join(image.root, path);
const text = (path: string): string => readFileSync(inside(path), 'utf8');

test('the image is at most 40 MB larger than the program of Node', (t) => {
  const node = statSync(inside('/app/node')).size;
  const above = built.bytes - node;
  t.diagnostic(
    `image ${(built.bytes / MEGABYTE).toFixed(1)} MB, Node ${(node / MEGABYTE).toFixed(1)} MB, above ${(above / MEGABYTE).toFixed(1)} MB`,
  );
  assert.equal(files.filter((path) => statSync(inside(path)).size > 50 * MEGABYTE).length, 1);
  assert.ok(above < BOUND, `${above} bytes above Node`);
});

test('it says what it is, starts as user 65532, and leaves probes to Kubernetes', () => {
  const { User, Labels, Entrypoint, Cmd, Healthcheck } = image.settings;
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  assert.equal(User, '65532:65532');
  assert.equal(Labels['org.opencontainers.image.title'], 'lethe');
  assert.equal(Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
  assert.equal(Labels['org.opencontainers.image.version'], version);
  assert.ok('org.opencontainers.image.revision' in Labels);
  assert.equal(Entrypoint[0], '/app/node');
  assert.deepEqual(Cmd, ['run', '--config', '/etc/lethe/config/lethe.yaml']);
  assert.equal(Healthcheck, undefined);
  assert.match(text('/etc/passwd'), /^nonroot:x:65532:65532:/m);
});

test('Node is the only program in it: no shell, no package manager', () => {
  const programs = files.filter(
    (path) =>
      (statSync(inside(path)).mode & 0o111) !== 0 &&
      isElf(inside(path)) &&
      !/\.(so|node)\b/.test(path),
  );
  // The C library brings one or two programs of its own in some releases; none of them starts others.
  assert.deepEqual(
    programs.filter((path) => path !== '/app/node'),
    [],
  );
  const named = new Set(files.map((path) => basename(path)));
  for (const name of [
    'sh',
    'bash',
    'dash',
    'busybox',
    'apt',
    'dpkg',
    'npm',
    'npx',
    'npm-cli.js',
    'corepack',
  ])
    assert.ok(!named.has(name), name);
});

test('files in /app are those of the service, and nothing of the build or the machine that built it', () => {
  assert.deepEqual(readdirSync(inside('/app')).sort(), [
    'LICENSE',
    'dist',
    'node',
    'node_modules',
    'package.json',
    'sbom.cdx.json',
    'without-code-generation.mjs',
  ]);
  const odd = files.filter(
    (path) =>
      /(^|\/)(\.npmrc|\.env[^/]*|\.git|.*\.(map|ts|key|p12|jks))$/.test(path) ||
      (path.startsWith('/app/dist/') && !path.endsWith('.js')) ||
      /^\/(root|home|tmp|run|var\/(tmp|cache|log))\//.test(path),
  );
  assert.deepEqual(odd, []);
});

test('files that the service reads belong to root and can be written by nobody else', () => {
  const open = files.filter((path) => {
    const { uid, mode } = statSync(inside(path));
    return uid !== 0 || (mode & 0o022) !== 0 || (mode & 0o004) === 0;
  });
  assert.deepEqual(
    open.filter((path) => path.startsWith('/app/')),
    [],
  );
});

interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
  }[];
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly version?: string; readonly dev?: boolean; readonly devOptional?: boolean }
    >
  >;
}

test('its list of contents names every package that is inside, and none that only developers use', () => {
  const bom = JSON.parse(text('/app/sbom.cdx.json')) as Bom;
  assert.equal(bom.bomFormat, 'CycloneDX');
  assert.match(bom.specVersion, /^1\.[5-9]$/);
  assert.equal(bom.metadata.component.name, 'lethe');
  const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
  for (const { name, version, purl } of bom.components)
    assert.equal(decodeURIComponent(purl).split('?')[0], `pkg:npm/${name}@${version}`);
  const missing = packagesIn(inside('/app')).filter((one) => !listed.has(one));
  assert.deepEqual(missing, []);
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const shipped = new Set<string>();
  const development = new Set<string>();
  for (const [path, { version = '', dev = false }] of Object.entries(lock.packages))
    (dev ? development : shipped).add(`${path.split('node_modules/').at(-1) ?? ''}@${version}`);
  assert.ok(development.size > 50);
  assert.deepEqual(
    [...listed].filter((one) => development.has(one) && !shipped.has(one)),
    [],
  );
});

test('every package has kept its license', () => {
  const lost = packageFolders(inside('/app')).filter((path) => {
    const before = join(ROOT, relative(inside('/app'), path));
    return existsSync(before) && licensesIn(before).join() !== licensesIn(path).join();
  });
  assert.deepEqual(lost, []);
  assert.ok(licensesIn(inside('/app')).includes('LICENSE'));
});

test('every module of the service loads in the image, with what was left of its dependencies', async () => {
  const modules = files.filter(
    (path) =>
      path.startsWith('/app/dist/') &&
      // These start something as soon as they are loaded.
      !['/app/dist/main.js', '/app/dist/streaming/shard/worker.js'].includes(path),
  );
  assert.ok(modules.length > 200);
  const script = `for (const path of ${JSON.stringify(modules)}) await import(path);
console.log('loaded', typeof new (await import('@kubernetes/client-node')).KubeConfig().loadFromFile);`;
  const container = await runContainer({
    image,
    folder: folder.path,
    command: ['/app/node'],
    args: ['--input-type=module', '--eval', script],
  });
  assert.equal(await container.exited, 0, container.output());
  assert.match(container.output(), /loaded function/);
});

function isElf(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(4);
    readSync(file, start);
    return start.equals(Buffer.from('\x7fELF', 'latin1'));
  } finally {
    closeSync(file);
  }
}

/** Folders of packages below `node_modules`, nested ones too. */
function packageFolders(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'package.json')
    .map((entry) => entry.parentPath)
    .filter((parent) => /node_modules\/(@[^/]+\/)?[^/]+$/.test(parent.split(sep).join('/')));
}

function packagesIn(path: string): readonly string[] {
  return packageFolders(path).map((parent) => {
    const { name, version } = JSON.parse(readFileSync(join(parent, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
    };
    return `${name}@${version}`;
  });
}

function licensesIn(path: string): readonly string[] {
  return readdirSync(path)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .sort();
}
