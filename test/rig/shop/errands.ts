/** What Kafka clients of the shop can be sent to do, and how they are sent. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Files that a client logs in with. */
export interface Login {
  /** PEM file of the authority that has signed the brokers. */
  readonly authority: string;
  /** Folder with `tls.crt` and `tls.key`; nobody in particular without it. */
  readonly identity?: string;
}

interface At {
  readonly servers: readonly string[];
  readonly login: Login;
}

interface Reading extends At {
  readonly topic: string;
}

export type Errand =
  | (Reading & {
      readonly name: 'produce';
      readonly schemaId: number;
      /** Avro, as JSON text. */
      readonly schema: string;
      readonly first: number;
      readonly count: number;
      /** ms between records. */
      readonly pause: number;
    })
  | (Reading & { readonly name: 'consume'; readonly group: string })
  /** For `patience` ms. */
  | (Reading & { readonly name: 'steal'; readonly patience: number })
  | {
      readonly name: 'race';
      readonly host: string;
      readonly port: number;
      readonly patience: number;
    };

/** Replicas by partition, the preferred leader first, by topic. */
export type Assignment = Readonly<Record<string, readonly (readonly number[])[]>>;

/** Something that a principal may do, such as `User:CN=crm`. */
export interface Right {
  readonly principal: string;
  readonly resource: 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID';
  readonly name: string;
  readonly operations: readonly (
    'ALL' | 'READ' | 'WRITE' | 'CREATE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS'
  )[];
  readonly prefixed?: boolean;
}

export type Administration = At & { readonly login: Required<Login> } & (
    | { readonly name: 'create' | 'move'; readonly topics: Assignment }
    | { readonly name: 'permit'; readonly rights: readonly Right[] }
    | { readonly name: 'forbid'; readonly principal: string }
  );

/** One, without what every administrator knows. */
export type AdministrationTask = Administration extends infer Task
  ? Task extends Administration
    ? Omit<Task, 'servers' | 'login'>
    : never
  : never;

/** One line that a client said, and when it was heard (ms, monotonic). */
export interface Word {
  readonly at: number;
  readonly sent?: number;
  /** As `partition/offset`. */
  readonly read?: string;
  readonly leaks?: boolean;
  readonly stolen?: number;
  readonly failed?: string;
  /** How often a racer got through, and when for the last time (ms since its start). */
  readonly open?: number;
  readonly last?: number;
  readonly done?: number;
}

export interface Running {
  readonly words: readonly Word[];
  /** Ends its input and waits. @returns everything that it said. */
  end(): Promise<readonly Word[]>;
  /** Waits until it ends by itself. */
  ended(): Promise<readonly Word[]>;
}

const running = new Set<ChildProcess>();

/** Starts a command that speaks in lines of JSON. Its input is a pipe from here, so that it does not outlive this process. */
export function listenTo(
  [command, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = process.env,
): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  running.add(child);
  const words: Word[] = [];
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  createInterface({ input: child.stdout }).on('line', (line) => {
    words.push({ ...(JSON.parse(line) as object), at: performance.now() });
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ended = async (): Promise<readonly Word[]> => {
    const [code] = await closed;
    running.delete(child);
    if (code !== 0)
      throw new Error(
        `An errand ended with ${code ?? 'a signal'}:\n${Buffer.concat(complaints).toString().slice(-2000)}`,
      );
    return words;
  };
  return {
    words,
    ended,
    end() {
      child.stdin.end();
      return ended();
    },
  };
}

/** Kills what is still on its way. */
export async function recall(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }),
  );
  running.clear();
}
