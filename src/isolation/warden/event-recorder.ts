/** Events of the cluster (`events.k8s.io/v1`): what happens again and again is one Event with a growing series. */
import { createHash } from 'node:crypto';
import { microTime } from './micro-time.ts';
import type { EventObject, WardenApi } from './warden-api.ts';
import type { PolicyReference } from './policy-objects.ts';

/** Something worth telling. */
export interface Occurrence {
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, as `HoleByOthers`. */
  readonly reason: string;
  /** What was done or tried, UpperCamelCase. */
  readonly action: string;
  readonly note: string;
  /** `null`: the warden's own namespace. */
  readonly regarding: Regarding | null;
}

export type Regarding = PolicyReference & { readonly uid?: string };

export interface EventRecorderOptions {
  readonly api: Pick<WardenApi, 'createEvent' | 'patchEvent'>;
  /** Namespace of the warden, where events go that belong nowhere else. */
  readonly namespace: string;
  /** Name of this process. */
  readonly instance: string;
  readonly now: () => number;
  readonly date: () => Date;
  readonly told: (outcome: { readonly sent: boolean; readonly status: number }) => void;
}

interface Series {
  readonly event: EventObject;
  count: number;
  /** When the server was told last. */
  told: number;
}

/** Bytes that the server takes in a note. */
const longestNote = 1024;
/** Milliseconds between two words about the same series. */
const quiet = 60_000;
/** Milliseconds after which the server has forgotten an Event (`--event-ttl`, an hour by default). */
const lifetime = 45 * 60_000;
const mostSeries = 1000;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Tells of it; an Event that can't be written is counted and forgotten. */
  async record(occurrence: Occurrence): Promise<void> {
    const { now, date } = this.#options;
    const key = keyOf(occurrence);
    const known = this.#series.get(key);
    if (known !== undefined && now() - known.told < lifetime) {
      known.count += 1;
      if (now() - known.told < quiet) return;
      known.told = now();
      const series = { count: known.count, lastObservedTime: microTime(date().toISOString()) };
      const body = { series };
      if (await this.#send('patchEvent', { ...known.event, body })) return;
      // Forgotten by the server before its time: it is told anew.
    }
    const event = this.#eventOf(occurrence, key);
    this.#series.delete(key);
    if (!(await this.#send('createEvent', event))) return;
    const [oldest] = this.#series.keys();
    if (this.#series.size >= mostSeries && oldest !== undefined) this.#series.delete(oldest);
    this.#series.set(key, { event, count: 1, told: now() });
  }

  async #send(how: 'createEvent' | 'patchEvent', event: EventObject): Promise<boolean> {
    try {
      const { status } = await this.#options.api[how](event);
      this.#options.told({ sent: status < 300, status });
      return status < 300;
    } catch {
      this.#options.told({ sent: false, status: 0 });
      return false;
    }
  }

  #eventOf({ type, reason, action, note, regarding }: Occurrence, key: string): EventObject {
    const { namespace: own, instance, date } = this.#options;
    const about = regarding ?? { apiVersion: 'v1', kind: 'Namespace', namespace: null, name: own };
    const namespace =
      about.namespace ??
      (about.apiVersion === 'v1' && about.kind === 'Namespace' ? about.name : own);
    const time = date();
    const name = `lethe-warden.${key}.${time.getTime().toString(36)}`;
    return {
      namespace,
      name,
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace, name },
        eventTime: microTime(time.toISOString()),
        reportingController: 'lethe/warden',
        reportingInstance: instance.slice(0, 128),
        action,
        reason,
        type,
        note: cut(note),
        // The namespace of an Event has to be that of what it is about, also where that has none.
        regarding: { ...about, namespace },
      },
    };
  }
}

/** The same happening to the same object is one series. */
function keyOf({ type, reason, action, note, regarding }: Occurrence): string {
  const text = JSON.stringify([type, reason, action, note, regarding]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function cut(note: string): string {
  let text = note;
  while (Buffer.byteLength(text) > longestNote) text = text.slice(0, text.length * 0.9);
  return text;
}

/** `HOLE_BY_OTHERS` as reasons of Events are written: `HoleByOthers`. */
export const camelCase = (code: string): string =>
  code
    .toLowerCase()
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
