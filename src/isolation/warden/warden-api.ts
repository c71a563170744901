/** What the warden asks of an API server: nothing else. */
import type { ListedObject, Listing, Resource } from '../cluster/listing.ts';
import type { WatchEvent } from '../cluster/watch.ts';
import type { Discovery } from '../cluster/resources.ts';
import type { LivePolicy, WantedPolicy } from './policy-objects.ts';

/** A write that the server answered. */
export type Written =
  | { readonly kind: 'written'; readonly object: ListedObject }
  /** Somebody else was quicker, or it isn't there any more. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

export type Removed = Exclude<Written, { readonly kind: 'written' }> | { readonly kind: 'removed' };

/** An Event of `events.k8s.io/v1`. */
export interface EventObject {
  readonly namespace: string;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The record of a Lease. Times are RFC 3339. */
export interface LeaseRecord {
  /** Empty where nobody holds it. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquired: string;
  readonly renewed: string;
  readonly transitions: number;
}

/** A record and the version of the object that it stands in. */
export interface StoredLease {
  readonly record: LeaseRecord;
  readonly resourceVersion: string;
  readonly uid: string;
}

/** Every call throws KubernetesError where the server can't be reached, those of the Lease also WardenError where it refuses. */
export interface WardenApi {
  discover(): Promise<Discovery>;
  list(resource: Resource): Promise<Listing>;
  watch(
    resource: Resource,
    resourceVersion: string,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent>;
  /** Server-side apply by force: what others wrote to the same fields is overwritten. */
  apply(wanted: WantedPolicy): Promise<Written>;
  /** Merges a patch into the spec of exactly this version. */
  patchSpec(live: LivePolicy, patch: Readonly<Record<string, unknown>>): Promise<Written>;
  /** Deletes exactly this version. */
  remove(live: LivePolicy): Promise<Removed>;
  createEvent(event: EventObject): Promise<{ readonly status: number }>;
  patchEvent(event: EventObject): Promise<{ readonly status: number }>;
  readLease(): Promise<StoredLease | null>;
  /** `null` where somebody else made it before. */
  createLease(record: LeaseRecord): Promise<StoredLease | null>;
  /** `null` where it was changed since it was read. */
  updateLease(record: LeaseRecord, before: StoredLease): Promise<StoredLease | null>;
}
