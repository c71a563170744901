import { z } from 'zod';
import { duration, size } from '../units.ts';

/** Where health and metrics are answered. Durations are milliseconds. */
const httpSchema = z.strictObject({
  host: z.string().min(1).default('0.0.0.0').describe('Address to listen on'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes a free one'),
  requestTimeout: duration('100ms', '1m', '5s').describe('Deadline for a request to arrive'),
  maxConnections: z.int().min(1).max(10_000).default(64).describe('Connections held at once'),
});

const logSchema = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level written'),
  format: z
    .enum(['json', 'text'])
    .default('json')
    .describe('One JSON object a line, or lines for people'),
});

const transactionSchema = z.strictObject({
  maxAge: duration('1ms', '1m', '20ms').describe('Commit when the transaction is this old'),
  maxBytes: size('64KiB', '1GiB', '16MiB').describe('Commit when it holds this much'),
  timeout: duration('1s', '15m', '60s').describe('The broker aborts it after this long'),
});

const limitsSchema = z.strictObject({
  recordBytes: size('1KiB', '512MiB', '10MiB').describe('Largest record value'),
  depth: z.int().min(1).max(1000).default(64).describe('Deepest nesting of one record'),
  items: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(1_000_000)
    .describe('Items of all arrays and maps of one record'),
  inFlightBytes: size('1MiB', '8GiB', '64MiB').describe('Raw and encoded bytes one shard may hold'),
  fetchBytes: size('64KiB', '1GiB', '16MiB').describe('Largest Fetch response asked for'),
  partitionFetchBytes: size('16KiB', '1GiB', '1MiB').describe('Share of one partition in it'),
  outputBatchBytes: size('16KiB', '512MiB', '900kB').describe(
    'Largest record batch written; keep it below max.message.bytes of the target topics',
  ),
  plans: z.int().min(1).max(100_000).default(1000).describe('Compiled plans kept by one shard'),
  schemaBytes: size('1KiB', '64MiB', '1MiB').describe('Largest schema text accepted'),
});

/** `service`: the process itself. */
export const serviceSchema = z
  .strictObject({
    groupId: z.string().min(1).max(249).default('lethe').describe('Consumer group'),
    instanceId: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Name of this instance for static membership; a StatefulSet gives its pod name'),
    shards: z
      .union([z.literal('auto'), z.int().min(1).max(256)])
      .default('auto')
      .describe('Worker threads; auto is one per available CPU'),
    dryRun: z.boolean().default(false).describe('Consume and plan, but write nothing'),
    sessionTimeout: duration('1s', '30m', '45s').describe('The group gives a silent member up'),
    rebalanceTimeout: duration('1s', '1h', '60s').describe('How long a rebalance waits'),
    heartbeatInterval: duration('100ms', '10m', '500ms').describe(
      'Between heartbeats to the group',
    ),
    startFrom: z
      .enum(['earliest', 'latest'])
      .default('earliest')
      .describe('Where a partition without committed offset begins'),
    transaction: transactionSchema.prefault({}).describe('When output and offsets are committed'),
    limits: limitsSchema
      .prefault({})
      .describe('Bounds on what is held and on what a record may ask'),
    heartbeatDeadline: duration('1s', '10m', '30s').describe('A silent shard is replaced'),
    drainTimeout: duration('1s', '1h', '25s').describe(
      'Deadline of a drain; keep it below terminationGracePeriodSeconds',
    ),
    http: httpSchema.prefault({}).describe('Health and metrics'),
    log: logSchema.prefault({}).describe('Log lines on standard output'),
  })
  .describe('The process');

export type ServiceSection = z.output<typeof serviceSchema>;
export type HttpSettings = Readonly<z.output<typeof httpSchema>>;
export type LogSettings = Readonly<z.output<typeof logSchema>>;
