import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { command } from './command.ts';

/** Makes all generated files again and says which of them were not what their sources say; works on a tree with changes as well. */
export async function staleFiles(): Promise<readonly string[]> {
  if (!existsSync('.git')) {
    const code = await command('node', ['scripts/generate.mjs']);
    return code === 0 ? [] : ['scripts/generate.mjs failed'];
  }
  const before = changed();
  const code = await command('node', ['scripts/generate.mjs']);
  if (code !== 0) return ['scripts/generate.mjs failed'];
  const after = changed();
  return [...after].filter(([file, digest]) => before.get(file) !== digest).map(([file]) => file);
}

/** Files that differ from the last commit, with what they hold. */
function changed(): ReadonlyMap<string, string> {
  const list = execFileSync('git', ['ls-files', '-z', '-m', '-o', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return new Map(
    list
      .split('\0')
      .filter((file) => file !== '')
      .map((file) => [file, existsSync(file) ? digest(file) : 'deleted']),
  );
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
