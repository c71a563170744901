/** The list of allowed connections, in the text format of netpol-analyzer. */
import type { Reachability } from './reachability.ts';

/** Yields the list in pieces of whole lines, sorted, so that a large cluster's list is never in memory as a whole. */
export function* renderConnections(reachability: Reachability): Generator<string> {
  for (const { source, reached } of reachability.rows())
    if (reached.length > 0)
      yield reached
        .map(
          ({ destination, ports }) =>
            `${source.label} => ${destination.label} : ${ports.toString()}\n`,
        )
        .join('');
}
