/** Pumps streams of bytes through readers into one detector. */
import { FlowReader, type FlowReaderOptions, type LineCounts } from './flow-reader.ts';
import type { Detector } from './detector.ts';
import type { FlowFormat, ObservedFlow } from './observed-flow.ts';

/** One source of flow entries. */
export interface FlowSource {
  /** As it is named in findings. */
  readonly name: string;
  /** Null to tell it from the first lines. */
  readonly format: FlowFormat | null;
  readonly chunks: AsyncIterable<Uint8Array | string>;
}

/** What was read from a source. */
export interface ReadSource {
  readonly name: string;
  readonly format: FlowFormat | null;
  readonly counts: LineCounts;
}

export interface WatchOptions extends Omit<FlowReaderOptions, 'onFault' | 'name'> {
  /** `true`: sources that do not end are read at the same time; otherwise one after the other, so that the outcome is always the same. */
  readonly together: boolean;
  readonly onFault: (source: string, line: number, text: string) => void;
  /** Called for each flow, after the detector saw it. */
  readonly onFlow?: (flow: ObservedFlow, source: string) => void;
  /** Called when a piece of a source was worked through; the next one is not read before it resolves. */
  readonly onPiece?: (source: ReadSource) => Promise<void>;
  /** Whether the sources were ended from outside, so that one without entries is no mistake. */
  readonly stopped?: () => boolean;
}

/**
 * Reads all sources to their ends.
 *
 * @throws FlowLogError as {@link FlowReader} does
 */
export async function watchStreams(
  sources: readonly FlowSource[],
  detector: Detector,
  options: WatchOptions,
): Promise<readonly ReadSource[]> {
  if (options.together)
    return await Promise.all(sources.map((source) => pump(source, detector, options)));
  const read: ReadSource[] = [];
  for (const source of sources) read.push(await pump(source, detector, options));
  return read;
}

async function pump(
  { name, format, chunks }: FlowSource,
  detector: Detector,
  options: WatchOptions,
): Promise<ReadSource> {
  const reader = new FlowReader(format, {
    ...options,
    name: `"${name}"`,
    onFault: (line, _, text) => options.onFault(name, line, text),
  });
  let lost = 0;
  const take = async (flows: readonly ObservedFlow[]): Promise<void> => {
    detector.hear(name);
    for (const flow of flows) {
      detector.observe(flow, name);
      options.onFlow?.(flow, name);
    }
    const { counts } = reader;
    const reported = counts.skipped.lost ?? 0;
    if (reported > lost) detector.lost(name, reported - lost);
    lost = reported;
    await options.onPiece?.({ name, format: reader.format, counts });
  };
  for await (const chunk of chunks) await take(reader.push(Buffer.from(chunk as string)));
  const cut = options.stopped?.() === true;
  // Stopped before anything came, there is nothing to complain about.
  if (!cut || reader.counts.lines > 0) await take(reader.end(cut));
  return { name, format: reader.format, counts: reader.counts };
}
