import { request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Agent as HttpAgent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingMessage } from 'node:http';
import type { RegistrySettings } from '../settings.ts';
import { RegistryError } from './errors.ts';

/** One call as the registry sees it; `operation` is the fixed word it has in errors and metrics. */
export interface RegistryRequest {
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** A parsed answer: `status` is 200, 404 (with the API's own error code), 409 or 422. */
export interface RegistryAnswer {
  readonly status: number;
  readonly body: unknown;
}

export type ObserveCall = (
  operation: string,
  outcome: 'ok' | 'not-found' | 'error',
  seconds: number,
) => void;

const contentType = 'application/vnd.schemaregistry.v1+json';
const firstBackoff = 50;
const longestBackoff = 2000;

/**
 * HTTP to the registry: credentials, TLS, a deadline per attempt, a bound on the answer's size, and retries with back-off where
 * the network or the server failed.
 */
export class RegistryTransport {
  readonly #settings: RegistrySettings;
  readonly #base: URL;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #authorization: string | null;
  readonly #answerBytes: number;
  readonly #observe: ObserveCall;

  constructor(settings: RegistrySettings, answerBytes: number, observe: ObserveCall) {
    this.#settings = settings;
    this.#base = new URL(settings.url.endsWith('/') ? settings.url : `${settings.url}/`);
    this.#agent = agentOf(this.#base, settings);
    this.#authorization = authorizationOf(settings);
    this.#answerBytes = answerBytes;
    this.#observe = observe;
  }

  /** @throws RegistryError REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT, REGISTRY_UNAUTHORIZED, REGISTRY_RESPONSE_INVALID, REGISTRY_REJECTED, REGISTRY_SCHEMA_TOO_LARGE */
  async call(request: RegistryRequest): Promise<RegistryAnswer> {
    const started = performance.now();
    let outcome: 'ok' | 'not-found' | 'error' = 'error';
    try {
      const answer = await this.#retry(request);
      outcome = answer.status === 404 ? 'not-found' : answer.status === 200 ? 'ok' : 'error';
      return answer;
    } finally {
      this.#observe(request.operation, outcome, (performance.now() - started) / 1000);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #retry(request: RegistryRequest): Promise<RegistryAnswer> {
    for (let attempt = 0; ; attempt++) {
      try {
        return judge(request, await this.#once(request));
      } catch (error) {
        const again =
          error instanceof RegistryError &&
          (error.code === 'REGISTRY_UNREACHABLE' || error.code === 'REGISTRY_TIMEOUT');
        if (!again || attempt >= this.#settings.retries) throw error;
        await sleep(Math.min(longestBackoff, firstBackoff * 2 ** attempt));
      }
    }
  }

  #once(request: RegistryRequest): Promise<{ status: number; text: string }> {
    const { operation, method, path } = request;
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const headers: Record<string, string> = { accept: `${contentType}, application/json` };
    if (body !== null) headers['content-type'] = contentType;
    if (body !== null) headers['content-length'] = String(Buffer.byteLength(body));
    if (this.#authorization !== null) headers['authorization'] = this.#authorization;
    const deadline = AbortSignal.timeout(this.#settings.requestTimeout);
    const send = this.#base.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        if (error instanceof RegistryError) reject(error);
        else if (deadline.aborted)
          reject(new RegistryError('REGISTRY_TIMEOUT', `${operation} had no answer in time`));
        else
          reject(new RegistryError('REGISTRY_UNREACHABLE', `${operation} found no server`, error));
      };
      const outgoing = send(
        new URL(path, this.#base),
        { method, headers, agent: this.#agent, signal: deadline },
        (response) => {
          readAnswer(response, this.#answerBytes, operation).then(
            (text) => resolve({ status: response.statusCode ?? 0, text }),
            fail,
          );
        },
      );
      outgoing.on('error', fail);
      outgoing.end(body ?? undefined);
    });
  }
}

function agentOf(base: URL, settings: RegistrySettings): HttpAgent | HttpsAgent {
  const common = { keepAlive: true, maxSockets: 8, timeout: settings.requestTimeout };
  if (base.protocol !== 'https:') return new HttpAgent(common);
  const { tls } = settings;
  if (tls === null) return new HttpsAgent(common);
  return new HttpsAgent({
    ...common,
    rejectUnauthorized: tls.rejectUnauthorized,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  });
}

function authorizationOf({ auth }: RegistrySettings): string | null {
  switch (auth.type) {
    case 'none':
      return null;
    case 'basic':
      return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
    case 'bearer':
      return `Bearer ${auth.token}`;
  }
}

async function readAnswer(
  response: IncomingMessage,
  limit: number,
  operation: string,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit)
      throw new RegistryError(
        'REGISTRY_SCHEMA_TOO_LARGE',
        `${operation} got more than ${limit} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sorts answers by status; a body is parsed but never quoted. */
function judge(
  { operation }: RegistryRequest,
  { status, text }: { readonly status: number; readonly text: string },
): RegistryAnswer {
  if (status === 401 || status === 403)
    throw new RegistryError('REGISTRY_UNAUTHORIZED', `${operation} was answered with ${status}`);
  if (status === 408 || status === 429 || status >= 500)
    throw new RegistryError('REGISTRY_UNREACHABLE', `${operation} was answered with ${status}`);
  const body = parse(operation, status, text);
  if (status === 200 || status === 409 || status === 422) return { status, body };
  // A proxy's or a wrong path's 404 must not pass for "no such schema": only the API's own error codes count.
  if (status === 404 && isApiNotFound(body)) return { status, body };
  if (status >= 400 && status < 500 && status !== 404)
    throw new RegistryError('REGISTRY_REJECTED', `${operation} was answered with ${status}`);
  throw new RegistryError('REGISTRY_RESPONSE_INVALID', `${operation} was answered with ${status}`);
}

function parse(operation: string, status: number, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (status >= 400 && status !== 404) return null;
    throw new RegistryError(
      'REGISTRY_RESPONSE_INVALID',
      `${operation} was answered with ${status} and no JSON`,
    );
  }
}

function isApiNotFound(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('error_code' in body)) return false;
  const code = body.error_code;
  return typeof code === 'number' && code >= 40400 && code <= 40499;
}
