/** An image run by runc, as the chart's pod runs it: a read-only root, no capabilities, no way to gain rights; but on the machine's network. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demand } from '../execute.ts';
import { containerRuntime } from '../kubernetes/container-runtime.ts';
import { startWatched } from '../process.ts';
import type { BuiltImage } from './cached-image.ts';

/** What an image says about the process that it starts. */
export interface ImageSettings {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: unknown;
}

export interface UnpackedImage {
  /** Its root file system. */
  readonly root: string;
  readonly settings: ImageSettings;
}

export interface Container {
  /** Exit code; 128 + signal when it was killed. */
  readonly exited: Promise<number>;
  readonly running: boolean;
  /** Everything written to standard output and standard error so far. */
  output(): string;
  /** SIGTERM to its process. @returns the exit code. */
  stop(): Promise<number>;
  kill(): Promise<void>;
}

/** Unpacks all layers, one over the other. @throws Error for a layer that takes away files of one below, which none of ours does. */
export async function unpackImage({ archive }: BuiltImage, into: string): Promise<UnpackedImage> {
  const layers = join(into, 'layers');
  const root = join(into, 'root');
  for (const folder of [layers, root]) mkdirSync(folder);
  await demand(['tar', '-xf', archive, '-C', layers]);
  const [manifest] = read(join(layers, 'manifest.json')) as readonly [
    { readonly Config: string; readonly Layers: readonly string[] },
  ];
  for (const layer of manifest.Layers) {
    const file = join(layers, layer);
    if (/\/\.wh\./.test(await demand(['tar', '-tf', file])))
      throw new Error(`${layer} removes files of a layer below it`);
    await demand(['tar', '-xpf', file, '-C', root]);
  }
  const { config } = read(join(layers, manifest.Config)) as { readonly config: ImageSettings };
  return { root, settings: config };
}

/**
 * Starts a container in process, mount, name and IPC namespaces of its own. It ends with this process.
 *
 * @param order.args instead of the image's CMD.
 * @param order.command instead of its entry point.
 * @param order.mounts folders of the machine that it sees, and can't write: by their place in the container.
 * @param order.folder for the log and what runc keeps.
 */
export async function runContainer(order: {
  readonly image: UnpackedImage;
  readonly folder: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly mounts?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Container> {
  const { image, folder, mounts = {}, env = {} } = order;
  const { settings } = image;
  const [user = 0, group = user] = settings.User.split(':').map(Number);
  const name = `lethe-${process.pid}-${(started += 1)}`;
  const bundle = join(folder, name);
  mkdirSync(bundle);
  const specification = {
    ociVersion: '1.0.2',
    hostname: 'lethe-0',
    process: {
      user: { uid: user, gid: group },
      args: [...(order.command ?? settings.Entrypoint), ...(order.args ?? settings.Cmd)],
      env: [...settings.Env, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)],
      cwd: settings.WorkingDir === '' ? '/' : settings.WorkingDir,
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: image.root, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      ...Object.entries(mounts).map(([destination, source]) => ({
        ...{ destination, source, type: 'bind' },
        options: ['rbind', 'ro', 'nosuid', 'nodev', 'noexec'],
      })),
    ],
    linux: { namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })) },
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(specification));
  const log = join(bundle, 'log');
  const { runc } = await containerRuntime();
  const child = await startWatched({
    // In a process namespace around it, so that the container can't outlive runc.
    command: 'unshare',
    args: [
      ...['--pid', '--fork', '--kill-child', '--mount-proc'],
      ...[runc, '--root', join(bundle, 'state'), 'run', '--bundle', bundle, name],
    ],
    log,
  });
  return {
    exited: child.exited,
    get running() {
      return child.running;
    },
    output: () => readFileSync(log, 'utf8'),
    async stop() {
      // runc hands it on; unshare would not.
      for (const pid of childrenOf(child.pid)) process.kill(pid, 'SIGTERM');
      return child.exited;
    },
    kill: () => child.kill(),
  };
}

let started = 0;

function childrenOf(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
