import { readdirSync, readFileSync } from 'node:fs';

/** Files in the temporary folder of this run, and processes whose command line names it. Both must be none at the end. */
export function leftovers(folder: string): readonly string[] {
  const files = readdirSync(folder).map((name) => `file ${name}`);
  return [...files, ...processes(folder)];
}

function processes(folder: string): readonly string[] {
  const found: string[] = [];
  for (const name of entries('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (line.includes(folder)) found.push(`process ${name}: ${line.slice(0, 80)}`);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function entries(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
