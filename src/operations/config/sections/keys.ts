import { z } from 'zod';

/** `keys`: where the root keys lie. */
export const keysSchema = z
  .strictObject({
    directory: z.string().min(1).describe('Directory with one file a key version, 32 bytes each'),
    current: z
      .string({ error: 'write the version as text in quotes' })
      .min(1)
      .max(100)
      .describe('Version that new tokens are made with'),
  })
  .describe('Root keys');

export type KeysSection = z.output<typeof keysSchema>;
