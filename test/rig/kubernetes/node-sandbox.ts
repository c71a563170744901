/** What holds a node: a process with mounts, processes, network, host name and control groups of its own, that takes all of it along when it ends. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { administrationPath } from '../debian-packages.ts';
import { requireNetworkNamespaces } from '../network-sandbox.ts';
import { until } from '../ports.ts';
import { startWatched } from '../process.ts';
import { scratch } from '../scratch.ts';
import { openControlGroup, type ControlGroup } from './control-group.ts';

export interface NodeSandbox {
  /** Words in front of a command that is to run on the node. */
  readonly enter: readonly [string, ...string[]];
  /** Folder of its own, seen inside and outside at the same path. */
  readonly folder: string;
  readonly controlGroup: ControlGroup;
  /** Starts a program on the node; its output is written to `<name>.log` in the folder. */
  start(name: string, program: string, args: readonly string[], env?: Environment): Promise<void>;
  /** Ends everything on the node and removes what it has left. */
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

const SCRIPT = join(import.meta.dirname, 'node-sandbox.sh');

/** @throws Error where this machine does not let us make namespaces. */
export async function openNode(address: string, nameService: string): Promise<NodeSandbox> {
  await requireNetworkNamespaces();
  const files = scratch('node');
  const controlGroup = openControlGroup();
  const holder = await startWatched({
    command: 'unshare',
    args: [
      ...['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--mount-proc'],
      ...['--propagation', 'private', '--kill-child=SIGKILL'],
      ...['sh', SCRIPT, files.path, address, nameService],
    ],
    log: join(files.path, 'sandbox.log'),
    env: { PATH: administrationPath },
  });
  const close = async (): Promise<void> => {
    await holder.kill();
    await controlGroup.remove();
    files.remove();
  };
  try {
    await until('the node', () => {
      if (!holder.running)
        throw new Error(
          `Cannot open a node:\n${readFileSync(join(files.path, 'sandbox.log'), 'utf8')}`,
        );
      return existsSync(join(files.path, 'ready'));
    });
    const enter = [
      'nsenter',
      ...['--target', firstChild(holder.pid), '--mount', '--pid', '--net', '--uts', '--ipc', '--'],
    ] as unknown as readonly [string, ...string[]];
    return {
      enter,
      folder: files.path,
      controlGroup,
      async start(name, program, args, env = {}) {
        await startWatched({
          command: program,
          args,
          enter,
          log: join(files.path, `${name}.log`),
          env: { PATH: administrationPath, ...env },
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** unshare waits outside for process 1 of the node. */
function firstChild(pid: number): string {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  if (children === '') throw new Error('The node has no process');
  return children.split(' ')[0]!;
}
