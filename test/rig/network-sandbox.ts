import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { administrationPath } from './debian-packages.ts';
import { demand, execute } from './execute.ts';
import { until } from './ports.ts';
import { startWatched } from './process.ts';
import { scratch } from './scratch.ts';

/** A network of its own: interfaces, routes, firewall and named network namespaces are its own, and gone when it is closed. */
export interface NetworkSandbox {
  /** Words in front of a command that is to run inside. */
  readonly enter: readonly [string, ...string[]];
  /** Folder of its own outside the sandbox, seen inside as well. */
  readonly folder: string;
  /** Runs a shell script inside. @returns standard output. @throws Error when a command in it fails. */
  run(script: string): Promise<string>;
  close(): Promise<void>;
}

/** @throws Error with a clear sentence where this machine does not let us make network namespaces. */
export async function requireNetworkNamespaces(): Promise<void> {
  const { code, err } = await execute(['unshare', '--net', '--mount', 'true']).catch(
    (error: unknown) => ({ code: -1, err: String(error) }),
  );
  if (code !== 0)
    throw new Error(
      `The cluster tests make network namespaces, which needs root (CAP_SYS_ADMIN and CAP_NET_ADMIN): ${err.trim()}`,
    );
}

/** Opens a sandbox. A process that sleeps holds it, and ends with this one whatever way this one ends. */
export async function openSandbox(): Promise<NetworkSandbox> {
  await requireNetworkNamespaces();
  const files = scratch('sandbox');
  const holder = await startWatched({
    command: 'unshare',
    args: ['--net', '--mount', '--propagation', 'private', 'sleep', 'infinity'],
    log: join(files.path, 'holder.log'),
  });
  const close = async (): Promise<void> => {
    await holder.kill();
    files.remove();
  };
  try {
    await until('the sandbox', () => apart(holder.pid), { patience: 10_000, pause: 10 });
    const enter = [
      'nsenter',
      ...['--target', String(holder.pid), '--net', '--mount', '--'],
    ] as unknown as readonly [string, ...string[]];
    const env = { ...process.env, PATH: administrationPath };
    const run = (script: string): Promise<string> =>
      demand([...enter, 'sh', '-euc', script], { env });
    // Names of network namespaces and the lock of iptables live below /run.
    await run(
      'mount -t tmpfs tmpfs /run; mkdir /run/netns; touch /run/xtables.lock; ip link set lo up',
    );
    return { enter, folder: files.path, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether the process has left our network and our mounts. */
function apart(pid: number): boolean {
  return ['net', 'mnt'].every(
    (kind) => readlinkSync(`/proc/${pid}/ns/${kind}`) !== readlinkSync(`/proc/self/ns/${kind}`),
  );
}
