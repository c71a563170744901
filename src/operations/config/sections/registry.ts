import { z } from 'zod';
import { duration } from '../units.ts';
import { tlsSchema } from './kafka.ts';

const secret = z.string().min(1, 'write a value that is not empty');

/** `registry`: the schema registry that raw schemas are read from and sanitized ones are written to. */
export const registrySchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'write a URL that begins with http:// or https://' })
      .refine(
        (url) => !/^https?:\/\/[^/]*@/.test(url),
        'move user name and password to registry.auth',
      )
      .describe('Base URL'),
    auth: z
      .union([
        z.strictObject({ bearer: secret.describe('Bearer token') }),
        z.strictObject({
          username: secret.describe('User name of HTTP basic authentication'),
          password: secret.describe('Password'),
        }),
      ])
      .optional()
      .describe('Authentication: { bearer } or { username, password }; none by default'),
    tls: tlsSchema.optional(),
    requestTimeout: duration('100ms', '5m', '10s').describe('Deadline of one request'),
    retries: z
      .int()
      .min(0)
      .max(100)
      .default(5)
      .describe('Further attempts after a retriable failure'),
    negativeTtl: duration('100ms', '1h', '10s').describe('How long "no such schema" is believed'),
    cacheEntries: z.int().min(1).max(100_000).default(1000).describe('Schemas kept in memory'),
  })
  .describe('Schema registry');

export type RegistrySection = z.output<typeof registrySchema>;
