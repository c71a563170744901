/** A branch of the machine's control groups that kubelet may divide among pods. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { until } from '../ports.ts';

export interface ControlGroup {
  /** As kubelet's `cgroupRoot` names it. */
  readonly name: string;
  /** Removes the branch, once all of its processes have ended. */
  remove(): Promise<void>;
}

const MOUNT = '/sys/fs/cgroup';
const PREFIX = 'lethe-node-';
/** Controllers of version 1 that runc and kubelet want, and the tree without controllers that may stand beside them. */
const CONTROLLERS = 'cpu cpuacct cpuset memory devices freezer blkio pids systemd unified'.split(
  ' ',
);

let opened = 0;

/** Makes the branch in every hierarchy, and removes those whose owner was killed before it could. */
export function openControlGroup(): ControlGroup {
  const hierarchies = unified()
    ? [MOUNT]
    : CONTROLLERS.map((one) => join(MOUNT, one)).filter((one) => existsSync(one));
  for (const hierarchy of hierarchies) removeAbandoned(hierarchy);
  const name = `${PREFIX}${process.pid}-${opened++}`;
  const branches = hierarchies.map((hierarchy) => join(hierarchy, name));
  for (const branch of branches) mkdirSync(branch, { recursive: true });
  inheritProcessors(name);
  return {
    name: `/${name}`,
    remove: () =>
      until('the control groups to be empty', () =>
        branches.map(removeBranch).every((gone) => gone),
      ),
  };
}

/** Version 2 has one hierarchy for all controllers (kernel documentation, cgroup-v2). */
const unified = (): boolean => existsSync(join(MOUNT, 'cgroup.controllers'));

/** A new group of `cpuset` is empty, and what is empty can hold no process. */
function inheritProcessors(name: string): void {
  if (unified()) return;
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    writeFileSync(
      join(MOUNT, 'cpuset', name, file),
      readFileSync(join(MOUNT, 'cpuset', file), 'utf8'),
    );
}

function removeAbandoned(hierarchy: string): void {
  for (const entry of readdirSync(hierarchy))
    if (entry.startsWith(PREFIX) && !existsSync(`/proc/${ownerOf(entry)}`))
      removeBranch(join(hierarchy, entry));
}

const ownerOf = (entry: string): string => entry.slice(PREFIX.length).split('-')[0]!;

/** @returns whether it is gone; a group whose processes are still ending stays for now. */
function removeBranch(branch: string): boolean {
  if (!existsSync(branch)) return true;
  for (const entry of readdirSync(branch))
    if (statSync(join(branch, entry)).isDirectory()) removeBranch(join(branch, entry));
  try {
    rmdirSync(branch);
    return true;
  } catch {
    return false;
  }
}
