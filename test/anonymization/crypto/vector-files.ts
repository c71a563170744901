import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Reads a file of published test vectors. */
export function vectors<Item extends z.ZodType>(
  name: string,
  item: Item,
): readonly z.output<Item>[] {
  const text = readFileSync(new URL(`vectors/${name}`, import.meta.url), 'utf8');
  return z.array(item).min(1).parse(JSON.parse(text));
}

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');
