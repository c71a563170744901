import type { Column, Replacements } from './column.ts';
import { outsideDomain } from './integer-values.ts';

/**
 * Applies a function to every row of a column of ASCII texts, as dates and addresses are; null means: outside the domain. What is not
 * ASCII arrives as other Latin-1 characters and so matches no such grammar. Results are ASCII.
 */
export function mapAsciiText(
  column: Column,
  out: Replacements,
  longest: number,
  by: (text: string, row: number) => string | null,
): void {
  const { starts, ends, count } = column;
  const bytes = Buffer.from(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  const arena = out.reserve(count * longest);
  for (let row = 0, o = 0; row < count; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    // Longer than any text of the grammar: not looked at, so that hostile lengths cost nothing.
    const result = end - start > longest ? null : by(bytes.toString('latin1', start, end), row);
    out.starts[row] = o;
    if (result === null) out.status[row] = outsideDomain;
    else o += arena.write(result, o, 'latin1');
    out.ends[row] = o;
  }
}
