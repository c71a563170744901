/** A copy of all objects of one resource that follows the API server: list, then watch, then list again where the watch lost its place. */
import { serializeError } from '../../foundation/errors.ts';
import { isObject, type ListedObject, type Resource } from '../cluster/listing.ts';
import { Backoff } from './backoff.ts';
import { isOver, pause } from './pause.ts';
import type { WardenApi } from './warden-api.ts';

/** How much of the truth a mirror shows. Only `current` may be relied on. */
export type MirrorState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current' }
  /** The server doesn't serve the resource: there is nothing of it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'forbidden' }
  /** What was seen last is kept; `code` says why it isn't followed. */
  | { readonly kind: 'broken'; readonly code: string };

/** Why a watch was taken up again. */
export type WatchEnd = 'closed' | 'expired' | 'failed';

export interface MirrorOptions {
  readonly api: Pick<WardenApi, 'list' | 'watch'>;
  readonly resource: Resource;
  readonly changed: () => void;
  readonly ended: (resource: Resource, why: WatchEnd) => void;
  /** What is kept of an object. */
  readonly keep?: (object: ListedObject) => ListedObject;
}

/** Milliseconds between looks at a resource that isn't served or not shown. */
const slowLook = 15_000;

export class ResourceMirror {
  readonly resource: Resource;
  readonly #options: MirrorOptions;
  readonly #objects = new Map<string, ListedObject>();
  readonly #backoff = new Backoff({ first: 250, longest: 15_000 });
  #state: MirrorState = { kind: 'starting' };

  constructor(options: MirrorOptions) {
    this.resource = options.resource;
    this.#options = options;
  }

  get state(): MirrorState {
    return this.#state;
  }

  objects(): Iterable<ListedObject> {
    return this.#objects.values();
  }

  /** Takes in what a write answered, so that nothing is done twice while the watch is on its way. */
  put(object: ListedObject): void {
    const key = keyOf(object);
    if (isNewer(object, this.#objects.get(key))) this.#objects.set(key, this.#kept(object));
  }

  /** Takes in that an object was deleted. */
  drop(object: { readonly namespace: string | null; readonly name: string }): void {
    this.#objects.delete(`${object.namespace ?? ''}/${object.name}`);
  }

  /** Follows until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let from: string | null = null;
    while (!signal.aborted) {
      try {
        from = from === null ? await this.#list() : await this.#follow(from, signal);
        if (from === null) await pause(this.#wait(), signal);
      } catch (error) {
        if (isOver(signal)) return;
        this.#options.ended(this.resource, 'failed');
        this.#become({ kind: 'broken', code: serializeError(error).code });
        await pause(this.#backoff.next(), signal);
      }
    }
  }

  /** @returns version to watch from; `null` where the resource has to be listed again */
  async #list(): Promise<string | null> {
    const found = await this.#options.api.list(this.resource);
    switch (found.kind) {
      case 'listed':
        this.#objects.clear();
        for (const object of found.objects) this.#objects.set(keyOf(object), this.#kept(object));
        // Current when the watch stands: rights to list alone would show what was true once.
        this.#options.changed();
        return found.resourceVersion;
      case 'absent':
        this.#objects.clear();
        this.#become({ kind: 'absent' });
        return null;
      case 'refused':
        this.#become(
          found.status === 403
            ? { kind: 'forbidden' }
            : { kind: 'broken', code: `HTTP_${found.status}` },
        );
        return null;
    }
  }

  async #follow(from: string, signal: AbortSignal): Promise<string | null> {
    let at = from;
    const began = performance.now();
    const stream = this.#options.api.watch(this.resource, at, signal);
    for await (const event of stream) {
      switch (event.kind) {
        case 'open':
          this.#become({ kind: 'current' });
          break;
        case 'present':
          this.put(event.object);
          at = event.resourceVersion || at;
          this.#options.changed();
          break;
        case 'gone':
          this.#objects.delete(keyOf(event.object));
          at = event.resourceVersion || at;
          this.#options.changed();
          break;
        case 'bookmark':
          at = event.resourceVersion || at;
          break;
        case 'expired':
          this.#options.ended(this.resource, 'expired');
          return null;
        case 'refused':
          this.#options.ended(this.resource, 'failed');
          this.#become(
            event.status === 403
              ? { kind: 'forbidden' }
              : { kind: 'broken', code: `HTTP_${event.status}` },
          );
          return null;
      }
    }
    this.#options.ended(this.resource, 'closed');
    // It ends by its time; one that ends at once again and again is a sick server.
    if (performance.now() - began > healthyWatch) this.#backoff.reset();
    else await pause(this.#backoff.next(), signal);
    return at;
  }

  /** Before it is listed again. An expired list is no fault, but listed again and again it would be all that the server does. */
  #wait(): number {
    return this.#state.kind === 'absent' || this.#state.kind === 'forbidden'
      ? slowLook
      : this.#backoff.next();
  }

  #become(state: MirrorState): void {
    const same = JSON.stringify(this.#state) === JSON.stringify(state);
    this.#state = state;
    if (!same) this.#options.changed();
  }

  #kept(object: ListedObject): ListedObject {
    return this.#options.keep?.(object) ?? object;
  }
}

/** Milliseconds after which a watch that ends was a good one. */
const healthyWatch = 5000;

function keyOf(object: ListedObject): string {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const [namespace, name] = [metadata['namespace'], metadata['name']];
  return `${typeof namespace === 'string' ? namespace : ''}/${typeof name === 'string' ? name : ''}`;
}

/** Versions are numbers that grow (KEP-5504); where they are none, the later word counts. */
function isNewer(object: ListedObject, before: ListedObject | undefined): boolean {
  const [next, last] = [versionOf(object), versionOf(before)];
  return next === null || last === null || next >= last;
}

function versionOf(object: ListedObject | undefined): bigint | null {
  const metadata = object === undefined ? undefined : object['metadata'];
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' && /^\d+$/.test(version) ? BigInt(version) : null;
}
