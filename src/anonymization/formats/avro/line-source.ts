const newline = 0x0a;

/** A line without its end, or null for one that is longer than the limit (its bytes are thrown away). */
export type Line = Uint8Array | null;

/** Splits a stream of bytes into lines; holds no more than `limit` bytes of one line, and skips empty lines. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let tooLong = false;
  const finish = (): Line | undefined => {
    const line = tooLong ? null : Buffer.concat(parts);
    parts = [];
    length = 0;
    tooLong = false;
    return line === null || !isBlank(line) ? line : undefined;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const at = chunk.indexOf(newline, start);
      const part = chunk.subarray(start, at < 0 ? chunk.length : at);
      length += part.length;
      tooLong ||= length > limit;
      // A copy: the stream may use its chunk again.
      if (tooLong) parts = [];
      else if (part.length > 0) parts.push(Uint8Array.from(part));
      if (at < 0) break;
      start = at + 1;
      const line = finish();
      if (line !== undefined) yield line;
    }
  }
  const line = finish();
  if (line !== undefined) yield line;
}

/** Spaces, tabs and a carriage return at most. */
function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
