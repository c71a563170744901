import { createServer, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Finds ports of `host` that nobody listens on now; all are held until the last is found, so they differ. */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, host, () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** True when something accepts connections there. */
export function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** Asks `condition` again until it is true. @throws Error naming `what` after `patience` ms. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  { patience = 60_000, pause = 100 }: { patience?: number; pause?: number } = {},
): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${patience} ms in vain: ${what}`);
    await sleep(pause);
  }
}
