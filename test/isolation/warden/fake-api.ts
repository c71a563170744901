/** An API server in memory, as far as the warden asks it: lists, watches, versions, writes, and failures on demand. */
import { KubernetesError } from '../../../src/isolation/cluster/errors.ts';
import { builtIn } from '../../../src/isolation/cluster/resources.ts';
import {
  resourceName,
  type ListedObject,
  type Listing,
  type Resource,
} from '../../../src/isolation/cluster/listing.ts';
import {
  fieldManager,
  manifestOf,
  type LivePolicy,
  type PolicyReference,
} from '../../../src/isolation/warden/policy-objects.ts';
import { mergePatch } from '../../../src/isolation/warden/merge-patch.ts';
import type { WatchEvent } from '../../../src/isolation/cluster/watch.ts';
import type {
  EventObject,
  LeaseRecord,
  StoredLease,
  WardenApi,
  Written,
} from '../../../src/isolation/warden/warden-api.ts';

type Json = Record<string, unknown>;
interface Watcher {
  readonly name: string;
  readonly push: (event: WatchEvent) => void;
  readonly fail: (error: Error) => void;
}

export class FakeApi implements WardenApi {
  readonly objects = new Map<string, Map<string, Json>>();
  readonly events: { readonly how: string; readonly event: EventObject }[] = [];
  readonly calls: string[] = [];
  readonly watchers = new Set<Watcher>();
  /** Resources that answer 403, by name. */
  readonly forbidden = new Set<string>();
  reachable = true;
  /** Watches from versions before this one are answered by 410. */
  forgotten = 0;
  /** What the server makes of a policy, as a mutating webhook does. */
  mutate: (object: Json) => Json = (object) => object;
  refuseWrite: (name: string) => number | null = () => null;
  lease: StoredLease | null = null;
  version = 10;

  discover: WardenApi['discover'] = () => {
    this.#answer('discover');
    return Promise.resolve({ policies: [builtIn.networkPolicies], unknown: [], absent: [] });
  };

  list(resource: Resource): Promise<Listing> {
    const name = resourceName(resource);
    return this.#later(`list ${name}`, () =>
      this.forbidden.has(name)
        ? { kind: 'refused', status: 403, reason: 'forbidden' }
        : {
            kind: 'listed',
            objects: [...this.#of(name).values()],
            resourceVersion: String(this.version),
          },
    );
  }

  async *watch(resource: Resource, from: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const name = resourceName(resource);
    this.#answer(`watch ${name}`);
    if (this.forbidden.has(name)) {
      yield { kind: 'refused', status: 403, reason: 'forbidden' };
      return;
    }
    if (Number(from) < this.forgotten) {
      yield { kind: 'expired' };
      return;
    }
    const waiting: (WatchEvent | Error | null)[] = [{ kind: 'open' }];
    let stir = (): void => undefined;
    const add = (one: WatchEvent | Error | null): void => {
      waiting.push(one);
      stir();
    };
    const watcher: Watcher = { name, push: add, fail: add };
    this.watchers.add(watcher);
    signal.addEventListener('abort', () => add(null));
    try {
      for (;;) {
        const next = waiting.shift();
        if (next === undefined)
          await new Promise<void>((resolve) => {
            stir = resolve;
          });
        else if (next === null) return;
        else if (next instanceof Error) throw next;
        else yield next;
      }
    } finally {
      this.watchers.delete(watcher);
    }
  }

  apply(wanted: Parameters<WardenApi['apply']>[0]): Promise<Written> {
    return this.#write(`apply ${wanted.name}`, wanted, (before) => {
      const metadata = (before?.['metadata'] ?? {}) as Json;
      const applied = manifestOf(wanted);
      const own = applied['metadata'] as Json;
      return {
        ...applied,
        // Members that others own beside ours stay.
        spec: { ...((before?.['spec'] ?? {}) as Json), ...(applied['spec'] as Json) },
        metadata: {
          ...metadata,
          ...own,
          labels: { ...(metadata['labels'] as Json), ...(own['labels'] as Json) },
          managedFields: [managed(fieldManager)],
        },
      };
    });
  }

  patchSpec(live: LivePolicy, patch: Json): Promise<Written> {
    return this.#write(`patch ${live.name}`, live, (before) => {
      const metadata = (before?.['metadata'] ?? {}) as Json;
      if (metadata['resourceVersion'] !== live.resourceVersion) return null;
      const spec = Object.entries({ ...(before?.['spec'] as Json), ...patch });
      return { ...before, spec: Object.fromEntries(spec.filter(([, value]) => value !== null)) };
    });
  }

  remove(live: LivePolicy): ReturnType<WardenApi['remove']> {
    return this.#later(`remove ${live.name}`, () => {
      const policies = this.#of('networkpolicies.networking.k8s.io');
      const found = policies.get(`${live.namespace}/${live.name}`);
      const metadata = (found?.['metadata'] ?? {}) as Json;
      if (found === undefined || metadata['resourceVersion'] !== live.resourceVersion)
        return { kind: 'conflict' };
      this.delete('networkpolicies.networking.k8s.io', `${live.namespace}/${live.name}`);
      return { kind: 'removed' };
    });
  }

  createEvent = (event: EventObject) => this.#event('create', event);
  patchEvent = (event: EventObject) => this.#event('patch', event);
  readLease = () => this.#later('read lease', () => this.lease);
  createLease = (record: LeaseRecord) =>
    this.#later('create lease', () => (this.lease === null ? this.#store(record) : null));
  updateLease = (record: LeaseRecord, before: StoredLease) =>
    this.#later('update lease', () =>
      this.lease?.resourceVersion === before.resourceVersion ? this.#store(record) : null,
    );

  /** Somebody writes an object. */
  put(name: string, key: string, object: Json): Json {
    const [namespace = '', own = ''] = key.split('/');
    this.version += 1;
    const kept = {
      ...object,
      metadata: {
        ...(namespace !== '' && { namespace }),
        name: own,
        uid: key,
        ...(object['metadata'] as Json),
        resourceVersion: String(this.version),
      },
    };
    this.#of(name).set(key, kept);
    this.#tell(name, 'present', kept);
    return kept;
  }

  delete(name: string, key: string): void {
    const found = this.#of(name).get(key);
    if (found === undefined) return;
    this.version += 1;
    this.#of(name).delete(key);
    this.#tell(name, 'gone', found);
  }

  policy(key: string): Json | undefined {
    return this.#of('networkpolicies.networking.k8s.io').get(key);
  }

  policies(): readonly string[] {
    return [...this.#of('networkpolicies.networking.k8s.io').keys()].toSorted();
  }

  /** Breaks all watches, as a server that goes down does. */
  hangUp(): void {
    for (const { fail } of this.watchers) fail(unreachable());
  }

  resourceOf = (_reference: PolicyReference): Resource => builtIn.networkPolicies;

  #write(
    call: string,
    reference: PolicyReference,
    change: (before: Json | undefined) => Json | null,
  ): Promise<Written> {
    return this.#later(call, () => {
      const status = this.refuseWrite(reference.name);
      if (status !== null) return { kind: 'refused', status, reason: 'no' };
      const key = `${reference.namespace}/${reference.name}`;
      const before = this.policy(key);
      const next = change(before);
      if (next === null) return { kind: 'conflict' };
      const mutated = this.mutate(next);
      // A write that changes nothing makes no new version.
      if (before !== undefined && mergePatch(before, mutated) === null)
        return { kind: 'written', object: before };
      return {
        kind: 'written',
        object: this.put('networkpolicies.networking.k8s.io', key, mutated),
      };
    });
  }

  #tell(name: string, kind: 'present' | 'gone', object: ListedObject): void {
    const event = { kind, object, resourceVersion: String(this.version) };
    for (const watcher of this.watchers) if (watcher.name === name) watcher.push(event);
  }

  #event(how: string, event: EventObject): Promise<{ readonly status: number }> {
    return this.#later(`${how} event`, () => {
      this.events.push({ how, event });
      return { status: 201 };
    });
  }

  #store(record: LeaseRecord): StoredLease {
    this.version += 1;
    this.lease = { record, resourceVersion: String(this.version), uid: 'lease' };
    return this.lease;
  }

  #of(name: string): Map<string, Json> {
    const found = this.objects.get(name) ?? new Map<string, Json>();
    this.objects.set(name, found);
    return found;
  }

  #answer(call: string): void {
    this.calls.push(call);
    if (!this.reachable) throw unreachable();
  }

  #later<Value>(call: string, value: () => Value): Promise<Value> {
    return Promise.resolve().then(() => {
      this.#answer(call);
      return value();
    });
  }
}

const unreachable = (): KubernetesError =>
  new KubernetesError('KUBERNETES_UNREACHABLE', 'unreachable', { retriable: true });

export const managed = (manager: string): Json => ({
  manager,
  operation: 'Apply',
  time: '2026-01-01T00:00:00Z',
  fieldsV1: { 'f:spec': {} },
});
