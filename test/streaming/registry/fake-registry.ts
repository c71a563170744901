/**
 * A fake schema registry for what the real one of the rig can't show: metadata, refusals, slowness, garbage. Answers are set per path by the
 * test; everything else is "not found" as Confluent's API says it.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly raw?: string;
  /** Milliseconds before the answer. */
  readonly delay?: number;
}

export class FakeRegistry implements AsyncDisposable {
  readonly requests: { readonly line: string; readonly headers: IncomingMessage['headers'] }[] = [];
  readonly #answers = new Map<string, FakeAnswer | ((visit: number) => FakeAnswer)>();
  readonly #visits = new Map<string, number>();
  readonly #server: Server;
  readonly #scheme: string;

  private constructor(server: Server, scheme: string) {
    this.#server = server;
    this.#scheme = scheme;
  }

  static async start(
    tls: { readonly ca: string; readonly cert: string; readonly key: string } | null = null,
  ): Promise<FakeRegistry> {
    const server =
      tls === null
        ? createServer()
        : createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: true });
    const fake = new FakeRegistry(server, tls === null ? 'http' : 'https');
    server.on('request', (request, response) => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`;
      fake.requests.push({ line, headers: request.headers });
      const visit = (fake.#visits.get(line) ?? 0) + 1;
      fake.#visits.set(line, visit);
      const set = fake.#answers.get(line);
      const answer = (typeof set === 'function' ? set(visit) : set) ?? {
        status: 404,
        body: { error_code: 40403, message: 'Schema not found' },
      };
      const text = answer.raw ?? JSON.stringify(answer.body ?? {});
      request.resume();
      setTimeout(() => {
        response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
        response.end(text);
      }, answer.delay ?? 0);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answer(line: string, answer: FakeAnswer | ((visit: number) => FakeAnswer)): void {
    this.#answers.set(line, answer);
  }

  visits(line: string): number {
    return this.#visits.get(line) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
