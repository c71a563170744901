/** What the rigs fetch or build once is kept outside the tree: a folder a thing, complete or not there at all. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Installation {
  /** Name of the folder; holds the version or a digest, so that another version is another folder. */
  readonly name: string;
  readonly say: (line: string) => void;
  /** Makes the contents in an empty folder. */
  readonly fill: (into: string) => Promise<void>;
}

const under = new Map<string, Promise<string>>();

/** `$LETHE_CACHE`, or `.cache/lethe` in the home folder. */
export function cacheRoot(): string {
  return process.env['LETHE_CACHE'] ?? join(homedir(), '.cache', 'lethe');
}

/**
 * Builds a folder beside its place and renames it, so that an interrupted install never shows a half. Of several processes that want it at
 * once one makes it and the others wait.
 *
 * @returns its path.
 */
export function installOnce(installation: Installation): Promise<string> {
  const { name } = installation;
  const running = under.get(name) ?? install(installation).finally(() => under.delete(name));
  under.set(name, running);
  return running;
}

async function install({ name, say, fill }: Installation): Promise<string> {
  const home = join(cacheRoot(), name);
  if (existsSync(home)) return home;
  mkdirSync(cacheRoot(), { recursive: true });
  const lock = join(cacheRoot(), `.${name}.lock`);
  await acquire(lock, say);
  const into = join(cacheRoot(), `.${name}-${process.pid}`);
  try {
    if (existsSync(home)) return home;
    removeAbandoned(name);
    say(`installing ${name} into ${cacheRoot()}`);
    const started = performance.now();
    mkdirSync(into);
    await fill(into);
    renameSync(into, home);
    say(`installed ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return home;
  } finally {
    rmSync(into, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

/** Waits until nobody else makes the same thing. A lock whose holder is gone is taken over. */
async function acquire(lock: string, say: (line: string) => void): Promise<void> {
  for (let told = false; ;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(lock);
    if (holder !== null && !alive(holder)) rmSync(lock, { force: true });
    else {
      if (!told) say(`waiting for process ${holder ?? '?'}, which holds ${lock}`);
      told = true;
      await sleep(300);
    }
  }
}

/** Null while the holder hasn't written its number yet, or has just left. */
function holderOf(lock: string): number | null {
  try {
    return Number(readFileSync(lock, 'utf8')) || null;
  } catch {
    return null;
  }
}

/** Half-made folders of processes that were killed: a build leaves gigabytes. */
function removeAbandoned(name: string): void {
  for (const entry of readdirSync(cacheRoot())) {
    const pid = entry.startsWith(`.${name}-`) ? Number(entry.slice(name.length + 2)) : NaN;
    if (Number.isInteger(pid) && !alive(pid))
      rmSync(join(cacheRoot(), entry), { recursive: true, force: true });
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
