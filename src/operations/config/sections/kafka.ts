import { z } from 'zod';
import { duration } from '../units.ts';

const secret = z.string().min(1, 'write a value that is not empty');

const pem = (what: string) =>
  secret.describe(`${what}: path of a PEM file, or PEM text itself`).optional();

/** TLS of a connection: `true` trusts the system's authorities, an object says more. */
export const tlsSchema = z
  .union([
    z.boolean(),
    z.strictObject({
      ca: pem('Authorities that may have signed the server'),
      certificate: pem('Own certificate, for mutual TLS'),
      key: pem('Private key of the own certificate'),
      serverName: secret.optional().describe('Name expected in the server certificate'),
      rejectUnauthorized: z
        .boolean()
        .default(true)
        .describe('false accepts any server: for experiments only'),
    }),
  ])
  .describe('TLS; false or absent for plain text');

const saslSchema = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.literal('PLAIN'),
    username: secret.describe('User name'),
    password: secret.describe('Password'),
  }),
  z.strictObject({
    mechanism: z.literal('SCRAM-SHA-256'),
    username: secret.describe('User name'),
    password: secret.describe('Password'),
  }),
  z.strictObject({
    mechanism: z.literal('SCRAM-SHA-512'),
    username: secret.describe('User name'),
    password: secret.describe('Password'),
  }),
  z.strictObject({
    mechanism: z.literal('OAUTHBEARER'),
    tokenFile: secret.describe('File with the token, read anew at each authentication'),
  }),
]);

const clusterSchema = z.strictObject({
  bootstrapServers: z
    .array(
      z
        .string()
        .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/@]+):\d{1,5}$/, 'write "host:port" for each server'),
    )
    .min(1, 'name at least one server')
    .max(100)
    .describe('Brokers to begin with, each "host:port"'),
  clientId: secret.default('lethe').describe('Client id shown in broker logs and quotas'),
  tls: tlsSchema.optional(),
  sasl: saslSchema.optional().describe('Authentication'),
  requestTimeout: duration('1s', '10m', '30s').describe('Deadline of one request to a broker'),
});

/** `kafka`: one entry a cluster. */
export const kafkaSchema = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/, 'name clusters by letters, digits, ".", "_" and "-"'),
    clusterSchema,
  )
  .refine((clusters) => Object.keys(clusters).length > 0, 'describe at least one cluster')
  .describe('Kafka clusters by name; "main" is the default source and target');

export type KafkaSection = z.output<typeof kafkaSchema>;
export type TlsSection = z.output<typeof tlsSchema>;
