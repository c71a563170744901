/**
 * Programs that are had as Go source only: built once from `go/<name>/` with the versions and sums that are committed there, then kept in the
 * cache. Sources and sums decide about the name of the folder, so a new version is a new build.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from './cache.ts';

const run = promisify(execFile);

/** Same as in `go/kubernetes/go.mod`; a test compares them. */
export const KUBERNETES_VERSION = 'v1.36.3';

const SOURCES = join(import.meta.dirname, 'go');

/** The package that is built, and flags of its linker beyond leaving out the symbols. */
const tools = {
  kubernetes: {
    main: '.',
    link: [
      `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
      ...[1, 36].map(
        (part, at) => `-X k8s.io/component-base/version.git${at === 0 ? 'Major' : 'Minor'}=${part}`,
      ),
    ],
  },
  'kube-router': { main: 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router', link: [] },
  kubeconform: { main: 'github.com/yannh/kubeconform/cmd/kubeconform', link: [] },
  'netpol-analyzer': { main: 'github.com/np-guard/netpol-analyzer/cmd/netpolicy', link: [] },
  helm: { main: 'helm.sh/helm/v3/cmd/helm', link: [] },
  coredns: { main: '.', link: [] },
} as const;

export type GoTool = keyof typeof tools;

type Say = (line: string) => void;

/** kube-apiserver with an etcd inside, kube-controller-manager, kube-scheduler, kubelet, kube-proxy and kubectl, chosen by the first argument. */
export const kubernetes = (say?: Say): Promise<string> => goTool('kubernetes', say);
/** Enforces NetworkPolicy by iptables and ipset. */
export const kubeRouter = (say?: Say): Promise<string> => goTool('kube-router', say);
/** Judges manifests by JSON Schema. */
export const kubeconform = (say?: Say): Promise<string> => goTool('kubeconform', say);
/** Another implementation of what `lethe network connections` does. */
export const netpolAnalyzer = (say?: Say): Promise<string> => goTool('netpol-analyzer', say);
export const helm = (say?: Say): Promise<string> => goTool('helm', say);
/** The name service of a cluster. */
export const coredns = (say?: Say): Promise<string> => goTool('coredns', say);

/**
 * Builds a tool unless the cache has it; the first time takes up to some minutes.
 *
 * @returns the path of the program.
 */
export async function goTool(name: GoTool, say: Say = () => undefined): Promise<string> {
  const { main, link } = tools[name];
  const flags = [
    '-trimpath',
    '-buildvcs=false',
    '-mod=readonly',
    `-ldflags=-s -w ${link.join(' ')}`,
  ];
  const source = join(SOURCES, name);
  const home = await installOnce({
    name: `go-${name}-${digest(source, [main, ...flags])}`,
    say,
    fill: async (into) => {
      const buildCache = join(into, '.build');
      // One that somebody chose on purpose, as on a build server, is used and kept; Go's own in the home folder would only grow.
      const env = { GOCACHE: process.env['GOCACHE'] ?? buildCache };
      await go(source, ['build', ...flags, '-o', join(into, name), main], env);
      rmSync(buildCache, { recursive: true, force: true });
    },
  });
  return join(home, name);
}

/** Folder with the source of a module, at the version that `go/<name>/go.mod` asks for; downloaded when the machine doesn't have it. */
export async function goModule(name: string, module: string): Promise<string> {
  const source = join(SOURCES, name);
  const lines = readFileSync(join(source, 'go.mod'), 'utf8').split('\n');
  const version = lines
    .map((line) => line.trim().split(' '))
    .find(([path]) => path === module)?.[1];
  if (version === undefined) throw new Error(`${source}/go.mod does not require ${module}`);
  // With the version said, Go looks at the sum of this one module only.
  const { stdout } = await go(source, ['mod', 'download', '-json', `${module}@${version}`]);
  return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
}

/** Digest of everything committed for a tool and of what else decides about the result. */
export function digest(source: string, more: readonly string[]): string {
  const hash = createHash('sha256').update([process.platform, process.arch, ...more].join('\0'));
  for (const file of readdirSync(source).sort())
    hash.update(`\0${file}\0`).update(readFileSync(join(source, file)));
  return hash.digest('hex').slice(0, 8);
}

/**
 * Runs Go at the lowest priority. Whatever the user's own settings are, flags are ours and nothing is linked against C.
 *
 * @throws Error with the remedy.
 */
async function go(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string }> {
  await requireGo();
  try {
    return await run('nice', ['-n', '19', 'go', ...args], {
      cwd,
      env: { ...goEnvironment(), ...env },
      maxBuffer: 64 << 20,
    });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const last = stderr.trimEnd().split('\n').slice(-8).join('\n');
    throw new Error(
      `Cannot run "go ${args[0] ?? ''}" in ${cwd}; check the network and GOPROXY ("go env GOPROXY"):\n${last}`,
      { cause: error },
    );
  }
}

/** `GOFLAGS` names a flag that does nothing here, since an empty one would let that of `go env -w` through. */
function goEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: goPath(),
    CGO_ENABLED: '0',
    GOFLAGS: '-modcacherw=false',
    GOWORK: 'off',
  };
}

/** The installer of Go puts it where no PATH looks by itself. */
const goPath = (): string => `${process.env['PATH'] ?? ''}:/usr/local/go/bin`;

async function requireGo(): Promise<void> {
  const found = await run('go', ['version'], { env: { ...process.env, PATH: goPath() } }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(found) ?? [];
  // From 1.21 on Go fetches a newer tool chain by itself when go.mod asks for one.
  if (Number(major) * 1000 + Number(minor) < 1021)
    throw new Error(
      `Go 1.21 or newer is needed to build the tools of the cluster tests (found ${found === '' ? 'none' : found.trim()}): install it and put it into PATH`,
    );
}
