import { readdirSync, statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';

/** How a set of files and directories is watched. Durations are milliseconds. */
export interface WatchOptions {
  /** Asked anew at each look, since a new configuration may name other files. */
  readonly paths: () => readonly string[];
  readonly changed: () => void;
  /** Quiet time to wait for after a change, so that files which change together count once. */
  readonly debounce?: number;
  /** How often to look even if the system reports nothing, as on network file systems. */
  readonly interval?: number;
}

/**
 * Calls `changed` when the content behind the paths may have changed. A mounted Secret or ConfigMap changes by an atomic swap of a symbolic link
 * (`..data`) beside its files, so the directories are watched and what the paths lead to is compared, not the names.
 * A directory among the paths stands for its files.
 */
export function watchPaths(options: WatchOptions): { close(): void } {
  const { paths, changed, debounce = 250, interval = 5000 } = options;
  let seen = fingerprint(paths());
  let watchers: ReadonlyMap<string, FSWatcher> = new Map();
  let quiet: NodeJS.Timeout | undefined;

  const look = (): void => {
    const now = fingerprint(paths());
    if (now === seen) return;
    seen = now;
    changed();
    watchers = follow(paths(), watchers, soon);
  };
  const soon = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(look, debounce);
  };
  watchers = follow(paths(), watchers, soon);
  const regular = setInterval(look, interval);
  regular.unref();
  return {
    close: () => {
      clearTimeout(quiet);
      clearInterval(regular);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** Watches the directories of the paths; keeps watchers that exist, closes those no longer needed. */
function follow(
  paths: readonly string[],
  current: ReadonlyMap<string, FSWatcher>,
  notify: () => void,
): ReadonlyMap<string, FSWatcher> {
  const wanted = new Set(paths.flatMap((path) => [path, dirname(path)]).filter(isDirectory));
  for (const [directory, watcher] of current) if (!wanted.has(directory)) watcher.close();
  const next = new Map<string, FSWatcher>();
  for (const directory of wanted) {
    const watcher = current.get(directory) ?? open(directory, notify);
    if (watcher) next.set(directory, watcher);
  }
  return next;
}

/** Where the system can't watch (no inotify left, a directory just gone), the regular look is enough. */
function open(directory: string, notify: () => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, notify);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

/** Changes whenever a file behind one of the paths is replaced, written, added or removed. */
function fingerprint(paths: readonly string[]): string {
  return paths
    .flatMap((path) => [path, ...entries(path)])
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
      if (stat === undefined) return `${path} missing`;
      // A directory's own times change with files beside those that matter; its entries are listed instead.
      if (stat.isDirectory()) return path;
      return `${path} ${stat.ino} ${stat.mtimeNs} ${stat.size}`;
    })
    .join('\n');
}

function entries(path: string): readonly string[] {
  try {
    return isDirectory(path)
      ? readdirSync(path)
          .sort()
          .map((name) => join(path, name))
      : [];
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
