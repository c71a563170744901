/**
 * Requests to the API server, as they are on the wire. The models of the client rename `from` to `_from`, which turns a policy rule into one
 * that allows everything: only its configuration and authentication are used here.
 */
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubernetesError } from './errors.ts';
import type { KubeConfig } from '@kubernetes/client-node';

/** An answer whose body was JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface ApiServerOptions {
  /** Attempts for each request; those after the first wait twice as long each time. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt. */
  readonly pause?: number;
  /** Milliseconds until an answer must be there. */
  readonly timeout?: number;
}

/** Bytes of one answer: a page of 500 objects of the largest kind that etcd takes is less. */
const largestAnswer = 1024 * 1024 * 1024;

/** Milliseconds that a server may ask to wait; longer waits are as good as a refusal. */
const longestPause = 60_000;

export class ApiServer {
  readonly #config: KubeConfig;
  readonly #options: Required<ApiServerOptions>;
  readonly address: string;

  constructor(config: KubeConfig, options: ApiServerOptions = {}) {
    this.#config = config;
    this.address = config.getCurrentCluster()?.server ?? '';
    this.#options = { attempts: 5, pause: 200, timeout: 30_000, ...options };
  }

  /**
   * Gets a path such as `/api/v1/pods?limit=500`. Answers of 429 and 5xx and broken connections are tried again; any other answer is returned.
   *
   * @throws KubernetesError `KUBERNETES_UNREACHABLE`, `KUBERNETES_UNAUTHORIZED` for 401, `KUBERNETES_RESPONSE_INVALID`, `KUBECONFIG_INVALID`
   */
  async get(path: string): Promise<Answer> {
    const { attempts, pause } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= attempts;
      const found = await this.#try(path, last);
      if (found !== undefined) {
        const again = found.status === 429 || found.status >= 500;
        if (!again || last) return checked(found, this.address);
      }
      const asked = found === undefined ? 0 : found.retryAfter * 1000;
      // Spread out, so that many clients that failed together don't come back together.
      const wait = pause * 2 ** (attempt - 1) * (0.5 + Math.random());
      await sleep(Math.min(Math.max(wait, asked), longestPause));
    }
  }

  /**
   * Sends a body once: whether a lost request was carried out can't be known, so it is never sent again by itself.
   *
   * @throws KubernetesError as `get` does
   */
  async send(
    method: Sent['method'],
    path: string,
    body: unknown,
    /** Default server-side apply for `PATCH`, plain JSON for the others. */
    contentType = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json',
  ): Promise<Answer> {
    const sent = { method, text: JSON.stringify(body), contentType };
    const found = await this.#try(path, true, sent);
    return checked(found!, this.address);
  }

  async #try(path: string, last: boolean, sent?: Sent): Promise<Received | undefined> {
    const options = await this.requestOptions(path, sent);
    try {
      return await receive(options, this.#options.timeout, sent?.text);
    } catch (cause) {
      if (!last && isPassing(cause)) return undefined;
      const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
      throw new KubernetesError(
        'KUBERNETES_UNREACHABLE',
        `Check the address and certificates of the API server: ${this.address} can't be reached (${why})`,
        { cause, retriable: true },
      );
    }
  }

  /** How a request is sent, with address, certificates and credentials; tokens that are about to expire are read again. */
  async requestOptions(path: string, sent?: Sent): Promise<https.RequestOptions> {
    try {
      const base = new URL(this.address);
      const url = new URL(base.pathname.replace(/\/$/, '') + path, base);
      const options: https.RequestOptions = {
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port,
        path: url.pathname + url.search,
        method: sent?.method ?? 'GET',
        headers: {
          accept: 'application/json',
          'user-agent': 'lethe',
          ...(sent !== undefined && {
            'content-type': sent.contentType,
            'content-length': String(Buffer.byteLength(sent.text)),
          }),
        },
      };
      await this.#config.applyToHTTPSOptions(options);
      return options;
    } catch (cause) {
      throw new KubernetesError(
        'KUBECONFIG_INVALID',
        `Check server, certificates and credentials of context "${this.#config.currentContext}": they can't be used`,
        { cause },
      );
    }
  }
}

/** What goes with a request that writes. */
interface Sent {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly text: string;
  readonly contentType: string;
}

interface Received {
  readonly status: number;
  /** Seconds; 0 where the server asks for none. */
  readonly retryAfter: number;
  readonly text: string;
}

/** Codes of errors that another attempt may not meet; wrong certificates and unknown names stay wrong. */
const passing: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);

const isPassing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && passing.has(String(cause.code));

/** Sends a request and reads its answer to the end. */
function receive(options: https.RequestOptions, timeout: number, body?: string): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const { request } = options.protocol === 'http:' ? http : https;
  const late = (): Error => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
  const sent = request({ ...options, signal: AbortSignal.timeout(timeout) }, (response) => {
    const parts: Buffer[] = [];
    let size = 0;
    response.on('data', (part: Buffer) => {
      size += part.length;
      if (size > largestAnswer) sent.destroy(new Error('the answer is too large'));
      else parts.push(part);
    });
    response.on('error', reject);
    response.on('end', () => {
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: Number(response.headers['retry-after'] ?? 0) || 0,
        text: Buffer.concat(parts).toString('utf8'),
      });
    });
  });
  sent.on('error', (error) => {
    reject(error.name === 'AbortError' || error.name === 'TimeoutError' ? late() : error);
  });
  sent.end(body);
  return promise;
}

function checked({ status, text }: Received, address: string): Answer {
  if (status === 401)
    throw new KubernetesError(
      'KUBERNETES_UNAUTHORIZED',
      `Log in again: ${address} does not take the credentials of the kubeconfig (401)`,
    );
  try {
    return { status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  } catch (cause) {
    // A proxy on the way answers errors in other words.
    if (status >= 400) return { status, body: null };
    throw new KubernetesError(
      'KUBERNETES_RESPONSE_INVALID',
      `Check the address of the API server: ${address} answers something else than JSON`,
      { cause },
    );
  }
}
