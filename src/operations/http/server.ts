import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { LetheError } from '../../foundation/errors.ts';
import type { Readiness } from '../health.ts';

/** Why the server can't answer. */
export type HttpErrorCode = 'HTTP_PORT_TAKEN' | 'HTTP_LISTEN_FAILED';

export class HttpError extends LetheError<HttpErrorCode> {}

/** What is answered, asked anew for each request. */
export interface HttpSources {
  readonly live: () => boolean;
  readonly readiness: () => Readiness;
  readonly metrics: () => Promise<string>;
  readonly metricsType: string;
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly requestTimeout: number;
  readonly maxConnections: number;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers `/livez`, `/readyz` and `/metrics`; reads no body, keeps nothing, serves nothing else. */
export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpOptions;
  readonly #sources: HttpSources;

  constructor(options: HttpOptions, sources: HttpSources) {
    this.#options = options;
    this.#sources = sources;
    this.#server = createServer(
      {
        requestTimeout: options.requestTimeout,
        headersTimeout: options.requestTimeout,
        keepAliveTimeout: options.requestTimeout,
        connectionsCheckingInterval: Math.min(1000, options.requestTimeout),
        maxHeaderSize: 8 * 1024,
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = options.maxConnections;
    this.#server.maxRequestsPerSocket = 1000;
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /**
   * Resolves with the port, which the system chose where the settings say 0.
   *
   * @throws HttpError `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`
   */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new HttpError(
                'HTTP_PORT_TAKEN',
                `Choose another service.http.port: ${port} is taken on "${host}"`,
                { cause: error },
              )
            : new HttpError(
                'HTTP_LISTEN_FAILED',
                `Choose another service.http.host or port: can't listen on "${host}" port ${port}`,
                { cause: error },
              ),
        ),
      );
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body, headers } = await this.#answer(request);
    // A body that a client sends anyway is not read: the connection ends with the answer.
    const unread = request.headers['content-length'] ?? request.headers['transfer-encoding'];
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(unread !== undefined && { connection: 'close' }),
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { ...json(405, { error: 'use GET' }), headers: { allow: 'GET, HEAD' } };
    const [path = ''] = (request.url ?? '').split('?', 1);
    switch (path) {
      case '/livez': {
        const live = this.#sources.live();
        return json(live ? 200 : 503, { live });
      }
      case '/readyz': {
        const readiness = this.#sources.readiness();
        return json(readiness.ready ? 200 : 503, readiness);
      }
      case '/metrics':
        return this.#metrics();
      default:
        return json(404, { error: 'ask for /livez, /readyz or /metrics' });
    }
  }

  async #metrics(): Promise<Answer> {
    try {
      return { status: 200, type: this.#sources.metricsType, body: await this.#sources.metrics() };
    } catch {
      return json(500, { error: 'the metrics could not be collected' });
    }
  }
}

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
