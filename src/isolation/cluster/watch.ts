/** Changes of a resource as they happen. */
import http from 'node:http';
import https from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { KubernetesError } from './errors.ts';
import { isObject, pathOf, reasonOf, type ListedObject, type Resource } from './listing.ts';
import type { IncomingMessage } from 'node:http';
import type { ApiServer } from './api-server.ts';

/** What a watch tells. After `expired` and `refused` there is nothing more. */
export type WatchEvent =
  /** The server takes the watch; what happened since its version follows. */
  | { readonly kind: 'open' }
  | { readonly kind: 'present'; readonly object: ListedObject; readonly resourceVersion: string }
  | { readonly kind: 'gone'; readonly object: ListedObject; readonly resourceVersion: string }
  /** Nothing changed, but the watch may be taken up again from here. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** The server doesn't remember so far back (410): the resource has to be listed again. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Seconds after which the server ends the watch, so that one that hangs is noticed. */
  readonly seconds?: number;
}

/** Milliseconds beyond its end that a watch is waited for. */
const patience = 10_000;

/** Characters of one event: an object of etcd has 1.5 MiB at most. */
const longestLine = 64 * 1024 * 1024;

/**
 * Watches a resource from the version at which it was listed. Ends without an event when the server ends the watch.
 *
 * @throws KubernetesError `KUBERNETES_UNREACHABLE` where the connection breaks or hangs, `KUBERNETES_RESPONSE_INVALID`, `KUBECONFIG_INVALID`
 */
export async function* watch(
  server: ApiServer,
  resource: Resource,
  resourceVersion: string,
  { signal, seconds = 60 }: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(seconds),
  });
  const options = await server.requestOptions(`${pathOf(resource)}?${query.toString()}`);
  try {
    const response = await open(options, signal, seconds * 1000 + patience);
    if (response.statusCode !== 200) {
      yield ended(response.statusCode ?? 0, await statusOf(response));
      return;
    }
    yield { kind: 'open' };
    for await (const line of linesOf(response)) {
      const event = eventOf(parse(line, server.address), resource, server.address);
      yield event;
      if (event.kind === 'expired' || event.kind === 'refused') return;
    }
  } catch (cause) {
    if (signal.aborted || cause instanceof KubernetesError) throw cause;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new KubernetesError(
      'KUBERNETES_UNREACHABLE',
      `Check the API server: a watch of ${server.address} broke (${why})`,
      { cause, retriable: true },
    );
  }
}

function open(
  options: https.RequestOptions,
  signal: AbortSignal,
  silence: number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { request } = options.protocol === 'http:' ? http : https;
  const sent = request({ ...options, signal }, resolve);
  sent.setTimeout(silence, () => {
    sent.destroy(Object.assign(new Error('the watch hangs'), { code: 'ETIMEDOUT' }));
  });
  sent.on('error', reject);
  sent.end();
  return promise;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const part of response) {
    rest += decoder.write(part as Buffer);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw new RangeError('an event is too long');
    for (const line of lines) if (line !== '') yield line;
  }
}

/** The body of a refusal; a proxy on the way answers in other words. */
async function statusOf(response: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

function parse(text: string, address: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new KubernetesError(
      'KUBERNETES_RESPONSE_INVALID',
      `Check the address of the API server: ${address} answers something else than JSON`,
      { cause },
    );
  }
}

const ended = (status: number, body: unknown): WatchEvent =>
  status === 410 ? { kind: 'expired' } : { kind: 'refused', status, reason: reasonOf(body) };

function eventOf(value: unknown, resource: Resource, address: string): WatchEvent {
  const object = isObject(value) ? value['object'] : undefined;
  const type = isObject(value) ? value['type'] : undefined;
  if (isObject(object)) {
    const metadata = isObject(object['metadata']) ? object['metadata'] : {};
    const version = metadata['resourceVersion'];
    const resourceVersion = typeof version === 'string' ? version : '';
    const { group, version: served, kind } = resource;
    const apiVersion = group === '' ? served : `${group}/${served}`;
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
        return { kind: 'present', object: { ...object, apiVersion, kind }, resourceVersion };
      case 'DELETED':
        return { kind: 'gone', object: { ...object, apiVersion, kind }, resourceVersion };
      case 'BOOKMARK':
        return { kind: 'bookmark', resourceVersion };
      case 'ERROR':
        return ended(typeof object['code'] === 'number' ? object['code'] : 0, object);
    }
  }
  throw new KubernetesError(
    'KUBERNETES_RESPONSE_INVALID',
    `Check the address of the API server: ${address} tells of changes in words that are not known`,
  );
}
