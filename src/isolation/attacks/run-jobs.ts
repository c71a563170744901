/** Tries attacks in a cluster: a Job for each attack and each control, its answer from the termination message, and nothing left behind. */
import type { Attack, AttackSource } from './attack.ts';
import {
  jobOf,
  longest,
  unfit,
  type JobManifest,
  type JobOptions,
  type ResolvedDestination,
} from './jobs.ts';
import { AttackError } from './errors.ts';
import type { LiveResult, ProbeOutcome } from './live.ts';

/** The requests that live attacks make. Paths begin with `/`; any answer is returned, and only where there is none it rejects. */
export interface AttackCluster {
  get(path: string): Promise<ClusterAnswer>;
  send(method: 'POST' | 'DELETE', path: string, body: unknown): Promise<ClusterAnswer>;
}

/** An answer of the API server, its body as parsed JSON. */
export interface ClusterAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface RunOptions extends JobOptions {
  /** Attacks that are tried at the same time. */
  readonly parallel: number;
  /** Waits between two looks at a Job; rejects when `signal` is aborted. Milliseconds. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Ends the run: no more Jobs are made, and those that are there are removed. */
  readonly signal: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult: (result: LiveResult) => void;
  /** Told of a Job that could not be removed, as `namespace/name`. */
  readonly onLeftover: (job: string) => void;
}

const pollMilliseconds = 500;

/**
 * Tries every attack that a Job can make, a few at a time. A Job that could not run is `unsupported`, with the reason: it is no proof of
 * anything. Jobs are removed as soon as they have answered, and when the run ends for any reason.
 *
 * @throws whatever the cluster rejects with, after every Job was removed
 */
export async function runJobs(
  cluster: AttackCluster,
  attacks: readonly Attack[],
  options: RunOptions,
): Promise<readonly LiveResult[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const runner = new Runner(cluster, { ...options, signal });
  const waiting = attacks.values();
  const results = new Map<string, LiveResult>();
  const worker = async (): Promise<void> => {
    for (const attack of waiting) {
      if (signal.aborted) return;
      const result = await runner.tryOne(attack);
      results.set(attack.id, result);
      options.onResult(result);
    }
  };
  // All of them end, and remove what they made, before the first failure is told.
  const ends = await Promise.allSettled(
    Array.from({ length: Math.max(1, options.parallel) }, () =>
      worker().catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return attacks.flatMap(({ id }) => results.get(id) ?? []);
}

interface Answer {
  readonly outcome: ProbeOutcome;
  readonly reason: string | null;
}

class Runner {
  readonly #cluster: AttackCluster;
  readonly #options: RunOptions;
  /** Controls by Job: many attacks share one. */
  readonly #controls = new Map<string, Promise<Answer>>();

  constructor(cluster: AttackCluster, options: RunOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async tryOne(attack: Attack): Promise<LiveResult> {
    const { id, source, control } = attack;
    const reason = unfit(attack, source, this.#options);
    if (reason !== undefined || source.kind === 'external')
      return { id, outcome: 'unsupported', control: null, reason: reason ?? null };
    try {
      const to = await this.#resolve(attack);
      if (typeof to === 'string') return { id, outcome: 'unsupported', control: null, reason: to };
      const own = await this.#run(jobOf(attack, source, to, this.#options));
      // Where the attack got through, there is nothing that a control could add.
      const proof =
        own.outcome === 'open' || own.outcome === 'unsupported'
          ? null
          : await this.#control(attack, control, to);
      return { id, ...own, control: proof };
    } catch (error) {
      if (this.#options.signal.aborted)
        return { id, outcome: 'unsupported', control: null, reason: 'the run was ended' };
      // A right that is missing in one namespace; anything else ends the run.
      if (!(error instanceof AttackError)) throw error;
      return { id, outcome: 'unsupported', control: null, reason: error.message };
    }
  }

  async #control(
    attack: Attack,
    control: AttackSource | null,
    to: ResolvedDestination,
  ): Promise<ProbeOutcome | null> {
    if (control === null || control.kind === 'external') return null;
    if (unfit(attack, control, this.#options) !== undefined) return null;
    const { protocol, port } = attack.destination;
    const key = JSON.stringify([control, to, protocol, port]);
    let answer = this.#controls.get(key);
    if (answer === undefined) {
      answer = this.#run(jobOf(attack, control, to, this.#options));
      this.#controls.set(key, answer);
    }
    return (await answer).outcome;
  }

  /** The address of the destination; a text where there is none, saying why. */
  async #resolve({ destination }: Attack): Promise<ResolvedDestination | string> {
    const { target, family } = destination;
    if (target.kind === 'external') return { address: target.address, node: null };
    const selector = Object.entries(target.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const path = `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/pods?labelSelector=${encodeURIComponent(selector)}`;
    for (const pod of itemsOf(
      bodyOf(await this.#cluster.get(path), 'list pods', target.namespace),
    )) {
      if (textAt(pod, 'status', 'phase') !== 'Running') continue;
      const addresses = listAt(pod, 'status', 'podIPs').flatMap((one) => textAt(one, 'ip') ?? []);
      const address = addresses.find((one) => one.includes(':') === (family === 6));
      if (address !== undefined) return { address, node: textAt(pod, 'spec', 'nodeName') ?? null };
    }
    return `no running pod of ${target.namespace} with ${selector} has an IPv${family} address`;
  }

  async #run(job: JobManifest): Promise<Answer> {
    const { signal, wait, timeout } = this.#options;
    const { namespace, name } = job.metadata;
    const jobs = `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs`;
    signal.throwIfAborted();
    try {
      bodyOf(
        await this.#cluster.send('POST', `${jobs}?fieldValidation=Strict`, job),
        'create jobs',
        namespace,
      );
      const pods = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?labelSelector=${encodeURIComponent(`batch.kubernetes.io/job-name=${name}`)}`;
      const looks = Math.ceil((longest(timeout) * 1000) / pollMilliseconds);
      let reason = 'its pod never started';
      for (let look = 0; look < looks; look += 1) {
        const [pod] = itemsOf(bodyOf(await this.#cluster.get(pods), 'list pods', namespace));
        const answer = answerOf(pod);
        if (answer !== undefined) return answer;
        reason = waitingFor(pod) ?? reason;
        await wait(pollMilliseconds, signal);
      }
      return { outcome: 'unsupported', reason };
    } finally {
      // Also where creating seemed to fail: the answer may have been lost. What is not there is no loss.
      const { status } = await this.#cluster.send('DELETE', `${jobs}/${name}`, background);
      if (status >= 400 && status !== 404) this.#options.onLeftover(`${namespace}/${name}`);
    }
  }
}

/** Pods go with their Job. */
const background = { propagationPolicy: 'Background' };

/** The body of a good answer; anything else is said in the words of the API server, with the right that may be missing. */
function bodyOf({ status, body }: ClusterAnswer, right: string, namespace: string): unknown {
  if (status < 400) return body;
  const said = textAt(body, 'message') ?? 'no message';
  if (status === 404)
    throw new AttackError(
      'ATTACK_REQUEST_REFUSED',
      `Name a namespace that is there by --attacker-namespace: ${said} (404)`,
    );
  throw new AttackError(
    'ATTACK_REQUEST_REFUSED',
    `Grant the right to ${right} in namespace "${namespace}", or leave its attacks out: ${said} (${status})`,
  );
}

/** What the probe said, once its container has ended. */
function answerOf(pod: unknown): Answer | undefined {
  const ended = at(listAt(pod, 'status', 'containerStatuses')[0], 'state', 'terminated');
  if (ended === undefined)
    return textAt(pod, 'status', 'phase') === 'Failed'
      ? { outcome: 'unsupported', reason: textAt(pod, 'status', 'message') ?? 'its pod failed' }
      : undefined;
  const message = textAt(ended, 'message') ?? '';
  const outcome = outcomes.find((one) => one === textAt(parsed(message), 'outcome'));
  return outcome === undefined
    ? {
        outcome: 'unsupported',
        reason: `its pod ended without an answer: ${message.slice(0, 200) || (textAt(ended, 'reason') ?? 'no reason')}`,
      }
    : { outcome, reason: null };
}

const outcomes: readonly ProbeOutcome[] = ['open', 'refused', 'timeout', 'unsupported'];

function waitingFor(pod: unknown): string | undefined {
  const waiting = at(listAt(pod, 'status', 'containerStatuses')[0], 'state', 'waiting');
  const reason = textAt(waiting, 'reason');
  return reason === undefined ? undefined : `its pod waits: ${reason}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

const itemsOf = (list: unknown): readonly unknown[] => listAt(list, 'items');
