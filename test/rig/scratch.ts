import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const open = new Set<string>();

process.on('exit', () => {
  for (const path of open) rmSync(path, { recursive: true, force: true });
});

export interface Scratch {
  readonly path: string;
  remove(): void;
}

/** A folder below the system's temporary one that is gone after {@link Scratch.remove}, or at the latest when this process exits. */
export function scratch(name: string): Scratch {
  const path = mkdtempSync(join(tmpdir(), `lethe-${name}-`));
  open.add(path);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
      open.delete(path);
    },
  };
}
