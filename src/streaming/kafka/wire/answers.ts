import { KafkaError } from '../kafka-error.ts';
import { handlingOf } from '../connection/error-table.ts';

/**
 * The response of a call even where it holds error codes: the library throws for any error of any partition, but what is to be done is
 * decided partition by partition. Connection errors and timeouts are thrown on.
 */
export async function answerOf<Response>(call: Promise<Response>): Promise<Response> {
  try {
    return await call;
  } catch (error) {
    if (
      error instanceof Error &&
      'response' in error &&
      typeof error.response === 'object' &&
      error.response !== null
    ) {
      return error.response as Response;
    }
    throw error;
  }
}

/** Throws our error for an error number of the protocol; 0 passes. */
export function assertNoError(number: number, action: string): void {
  if (number === 0) return;
  const { code, name } = handlingOf(number);
  throw new KafkaError(code, action, { reason: name });
}
