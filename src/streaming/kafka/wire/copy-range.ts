/** The part of the library's chunked buffer that is needed here. */
interface Chunks {
  readonly buffers: readonly Uint8Array[];
}

const slack = 16;

/**
 * Copies a range out of a chain of socket chunks into one buffer of its own, the only copy on the way in. 16 more bytes follow the
 * result in its memory, so that readers may look ahead.
 */
export function copyRange(chain: Chunks, start: number, length: number): Buffer {
  const memory = Buffer.allocUnsafeSlow(length + slack);
  let skip = start;
  let filled = 0;
  for (const chunk of chain.buffers) {
    if (skip >= chunk.length) {
      skip -= chunk.length;
      continue;
    }
    const take = Math.min(chunk.length - skip, length - filled);
    memory.set(chunk.subarray(skip, skip + take), filled);
    filled += take;
    skip = 0;
    if (filled === length) break;
  }
  memory.fill(0, length);
  return memory.subarray(0, length);
}
