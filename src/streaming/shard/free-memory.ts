/** Below this a buffer is not worth the call. */
const leastBytes = 128 << 10;

/**
 * Gives the memory of a large buffer back at once. The loop makes megabytes per turn outside the heap and next to nothing inside, so the
 * collector, which alone would free them, comes late. The buffer and every view of its memory are empty afterwards.
 */
export function freeMemory({ buffer }: Buffer): void {
  // Node's pool is one memory for many small buffers; it must never be taken away.
  const own = buffer.byteLength >= leastBytes && buffer.byteLength > Buffer.poolSize;
  if (own && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
