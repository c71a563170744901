import { HttpServer } from '../../operations/http/server.ts';
import { CliError } from '../errors.ts';
import type { FlowMetrics } from '../../operations/flow-metrics.ts';

/** Where metrics are answered. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
}

/** Milliseconds in which a request must be whole. */
const requestTimeout = 5000;

/**
 * Answers `/metrics`, and `/livez` and `/readyz` as long as it does.
 *
 * @throws CliError `CLI_OPTION_INVALID` where nobody may listen there
 */
export async function serveMetrics(
  address: ListenAddress,
  metrics: FlowMetrics,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = new HttpServer(
    { ...address, requestTimeout, maxConnections: 50 },
    {
      live: () => true,
      readiness: () => ({ ready: true, reasons: [] }),
      metrics: () => metrics.render(),
      metricsType: metrics.contentType,
    },
  );
  try {
    return { port: await server.listen(), close: () => server.close() };
  } catch (cause) {
    throw new CliError(
      'CLI_OPTION_INVALID',
      `Choose another address for --metrics: can't listen on "${address.host}" port ${address.port}`,
      { cause },
    );
  }
}
