import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * Starts the program as a grandchild, below a shell that outlives neither: when the pipe on the shell's stdin closes, since its parent was
 * stopped by whatever means, SIGKILL included, the program is killed. The first line of output is the program's process id.
 */
const WATCHED = `
log=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >>"$log" 2>&1 &
program=$!
echo $program
exec >/dev/null
( read -r line <&3; kill -KILL $program ) 2>/dev/null &
watchdog=$!
exec 3<&- 0</dev/null
wait $program
code=$?
kill -KILL $watchdog 2>/dev/null
exit $code
`;

export interface WatchedProcess {
  /** Process id of the program itself. */
  readonly pid: number;
  readonly running: boolean;
  /** Settles when the program has ended; the value is its exit code, 128 + signal when it was killed. */
  readonly exited: Promise<number>;
  /** SIGTERM, then SIGKILL after `patience` ms. */
  stop(patience?: number): Promise<void>;
  kill(): Promise<void>;
}

/** Everything that runs, so that an exit by any road takes it along. */
const running = new Set<number>();

process.on('exit', () => {
  for (const pid of running) signal(pid, 'SIGKILL');
});

/** Starts a program that can't outlive this process. Its output is appended to `log`. */
export async function startWatched(options: {
  readonly command: string;
  readonly args: readonly string[];
  /** Words in front of the command, such as those that enter a network namespace. */
  readonly enter?: readonly string[];
  readonly log: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<WatchedProcess> {
  const { command, args, enter = [], log, cwd, env } = options;
  // Readers may look before the shell has opened it.
  appendFileSync(log, '');
  const shell = spawn('sh', ['-c', WATCHED, 'sh', log, ...enter, command, ...args], {
    // A session of its own: Ctrl-C in a terminal must reach the parent alone, which then stops things in order.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
  });
  const ended = once(shell, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: shell.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), ended.then(() => [''])])) as [string];
  const pid = Number(line);
  if (!Number.isInteger(pid) || pid < 2) throw new Error(`Cannot start "${command}": see ${log}`);
  running.add(pid);
  let alive = true;
  const exited = ended.then(([code]) => {
    alive = false;
    running.delete(pid);
    return code ?? -1;
  });
  const kill = async (): Promise<void> => {
    if (alive) signal(pid, 'SIGKILL');
    await exited;
  };
  return {
    pid,
    get running() {
      return alive;
    },
    exited,
    kill,
    async stop(patience = 15_000) {
      if (!alive) return;
      signal(pid, 'SIGTERM');
      const timer = setTimeout(() => signal(pid, 'SIGKILL'), patience);
      await exited;
      clearTimeout(timer);
    },
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself a moment ago.
  }
}
