import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc; Linux has said 100 to programs on every platform for decades. */
const TICKS = 100;

/** Processor seconds, user and system, that a process and its threads have used so far (proc(5), fields 14 and 15). */
export function processorSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name may hold spaces; what follows its closing bracket does not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Largest resident set so far, in megabytes. */
export function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}
