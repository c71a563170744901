/** Flows as short lines of text, and fixtures as flows. */
import { readFileSync } from 'node:fs';
import { FlowReader, type FlowReaderOptions } from '../../../src/isolation/flows/flow-reader.ts';
import type {
  FlowFormat,
  FlowPeer,
  ObservedFlow,
} from '../../../src/isolation/flows/observed-flow.ts';

/** The bytes of a fixture. */
export const fixture = (name: string): Buffer =>
  readFileSync(new URL(`fixtures/${name}.log`, import.meta.url));

/** Reads a whole log at once. */
export function read(
  format: FlowFormat | null,
  log: Uint8Array | string,
  options: FlowReaderOptions = {},
): { readonly flows: readonly ObservedFlow[]; readonly reader: FlowReader } {
  const reader = new FlowReader(format, options);
  const flows = [...reader.push(Buffer.from(log)), ...reader.end()];
  return { flows, reader };
}

/** Everything of a flow that a person would look at, in one line. */
export function told(flow: ObservedFlow): string {
  const { at, source, destination, protocol, port, verdict, seenAt, count, policies } = flow;
  const { kafka, origin } = flow;
  const parts = [
    `${origin.line}`,
    at === null ? 'no time' : new Date(at).toISOString(),
    `${peer(source)} > ${peer(destination)}`,
    `${protocol} ${port ?? 'any'}`,
    `${verdict}${seenAt === null ? '' : ` at ${seenAt}`}`,
    ...(count === 1 ? [] : [`×${count}`]),
    ...policies,
    ...(kafka === null
      ? []
      : [`${kafka.principal} ${kafka.operation} ${kafka.resource} ${kafka.name ?? '?'}`]),
  ];
  return parts.join(' | ');
}

function peer({ namespace, pod, workload, address, labels, reserved }: FlowPeer): string {
  const name = pod ?? (workload === null ? null : `${workload}-*`);
  const place = name === null ? null : `${namespace ?? '?'}/${name}`;
  const about = [place, address, reserved, labels?.join(',')];
  return about.filter((one) => one !== null && one !== undefined).join(' ') || 'nobody';
}
