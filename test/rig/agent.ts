/** Connects and listens from within a network namespace, for a test that is outside of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AgentAnswer, AgentOutcome, AgentRequest } from './agent-protocol.ts';

const AGENT = join(import.meta.dirname, 'agent-main.ts');
const PATIENCE = 1500;

export interface Target {
  readonly protocol: 'TCP' | 'UDP';
  readonly host: string;
  readonly port: number;
  /** Address to come from, where the namespace has several. */
  readonly source?: string;
  /** In ms. */
  readonly patience?: number;
}

type Unnumbered<Request> = Request extends AgentRequest ? Omit<Request, 'id'> : never;

/** Connects and listens from within a network namespace. The process starts with the first word to it. */
export class Agent {
  readonly enter: readonly [string, ...string[]];
  #child: ChildProcess | null = null;
  #ready: Promise<unknown> = Promise.resolve();
  #next = 1;
  readonly #waiting = new Map<number, (answer: AgentAnswer) => void>();
  readonly #listening = new Set<string>();

  /** @param enter words in front of a command that is to run there */
  constructor(enter: readonly [string, ...string[]]) {
    this.enter = enter;
  }

  /** Tries a new connection. */
  async connect(target: Target): Promise<AgentOutcome> {
    return (await this.#ask(connection(target, false))).outcome;
  }

  /** Opens a connection and keeps it. @returns how it went, and what to say to {@link use}. */
  async hold(target: Target): Promise<{ readonly held: number; readonly outcome: AgentOutcome }> {
    const { id, outcome } = await this.#ask(connection(target, true));
    return { held: id, outcome };
  }

  /** Asks over a connection that is held. */
  async use(held: number, patience = PATIENCE): Promise<AgentOutcome> {
    return (await this.#ask({ do: 'use', held, patience })).outcome;
  }

  /** Sees to it that somebody answers on that port; `address`: where the namespace has several, since a datagram is answered from the first. */
  async listen(protocol: 'TCP' | 'UDP', port: number, address?: string): Promise<void> {
    const name = `${protocol} ${address ?? '*'} ${port}`;
    if (this.#listening.has(name)) return;
    this.#listening.add(name);
    const { outcome } = await this.#ask({
      do: 'listen',
      protocol,
      port,
      address: address ?? null,
    });
    if (outcome !== 'open') throw new Error(`Cannot listen on ${name}`);
  }

  /** Starts the process ahead of the first use, where the first moments count. */
  async start(): Promise<void> {
    this.#launch();
    await this.#ready;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }

  async #ask(request: Unnumbered<AgentRequest>): Promise<AgentAnswer> {
    const id = this.#next++;
    const child = this.#launch();
    await this.#ready;
    const { promise, resolve } = Promise.withResolvers<AgentAnswer>();
    this.#waiting.set(id, resolve);
    child.stdin?.write(`${JSON.stringify({ ...request, id })}\n`);
    return promise;
  }

  #launch(): ChildProcess {
    if (this.#child !== null) return this.#child;
    const [command, ...rest] = this.enter;
    // Its input ends with this process, whatever way that ends, and so does the agent.
    const child = spawn(command, [...rest, process.execPath, AGENT], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    const lines = createInterface({ input: child.stdout });
    this.#ready = once(lines, 'line');
    lines.on('line', (line) => {
      const answer = JSON.parse(line) as AgentAnswer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    child.once('exit', () => {
      for (const [id, settle] of this.#waiting) settle({ id, outcome: 'unsupported', took: 0 });
      this.#waiting.clear();
    });
    return child;
  }
}

function connection(target: Target, hold: boolean): Unnumbered<AgentRequest> {
  const { protocol, host, port, source = null, patience = PATIENCE } = target;
  return { do: 'connect', protocol, host, port, source, patience, hold };
}
