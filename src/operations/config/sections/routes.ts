import { z } from 'zod';
import { techniqueSpecSchema } from '../../../anonymization/rules/technique-spec.ts';
import { ownRulesSchema } from './rules.ts';
import { specWith } from './spec-with.ts';

const topicName = z
  .string()
  .regex(
    /^[A-Za-z0-9._-]{1,249}$/,
    'write a topic name: letters, digits, ".", "_" and "-", at most 249',
  );
const clusterName = z.string().min(1).default('main').describe('Cluster, a name under kafka');
const strategy = z.enum(['topic', 'record', 'topic-record']).default('topic');

const fromSchema = z
  .strictObject({
    cluster: clusterName,
    topic: topicName.optional().describe('Exact topic name'),
    pattern: z
      .string()
      .min(1)
      .max(512)
      .refine(compiles, 'write a regular expression that JavaScript understands')
      .optional()
      .describe('Regular expression that the whole topic name must match'),
  })
  .refine(
    (from) => (from.topic === undefined) !== (from.pattern === undefined),
    'give exactly one of topic and pattern',
  )
  .describe('Where raw records come from');

const toSchema = z
  .strictObject({
    cluster: clusterName,
    topic: z
      .string()
      .regex(
        /^(?:[A-Za-z0-9._-]|\$[1-9]){1,249}$/,
        'write a topic name; $1 to $9 stand for the groups of from.pattern',
      )
      .describe('Target topic; $1 to $9 stand for the groups of from.pattern'),
    create: z.boolean().default(false).describe('Create the topic when it is missing'),
    partitions: z.int().min(1).max(100_000).optional().describe('Partitions of a created topic'),
    replicationFactor: z.int().min(1).max(100).optional().describe('Replicas of a created topic'),
  })
  .describe('Where sanitized records go');

const headersSchema = z
  .strictObject({
    allow: z
      .array(z.string().min(1).max(1024))
      .max(1000)
      .default([])
      .describe('Passed as they are'),
    rewrite: z
      .record(z.string().min(1).max(1024), techniqueSpecSchema)
      .default({})
      .describe('Header name → technique'),
  })
  .describe('Headers that pass; all others are dropped');

const routeSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'name routes by letters, digits, ".", "_" and "-"')
    .describe('Name in metrics, logs and reports'),
  from: fromSchema,
  to: toSchema,
  key: specWith({
    type: z
      .enum(['string', 'bytes', 'uuid', 'int', 'long', 'avro'])
      .describe('What the key bytes are; avro: framed by the registry like the value'),
  }).describe('What is done to the record key'),
  headers: headersSchema.prefault({}),
  timestamp: techniqueSpecSchema
    .prefault({ technique: 'keep' })
    .describe('What is done to the record timestamp'),
  rules: ownRulesSchema.prefault({}),
  onRefusal: z
    .enum(['quarantine', 'halt'])
    .default('quarantine')
    .describe('What happens when a record or its schema is refused'),
  subjectNameStrategy: strategy.describe('How the subject of a raw schema is named'),
  outputSubjectNameStrategy: strategy.describe('How the subject of a sanitized schema is named'),
  framing: z
    .enum(['prefix', 'header'])
    .default('prefix')
    .describe('Where the schema id is written; both are read'),
  compression: z
    .enum(['source', 'none', 'gzip', 'snappy', 'lz4', 'zstd'])
    .default('source')
    .describe('Codec of the sanitized batches'),
  partition: z
    .enum(['source', 'rehash'])
    .default('source')
    .describe('Same partition number as the source (keeps order), or by the new key'),
});

/** `routes`: from where to where. */
export const routesSchema = z
  .array(routeSchema)
  .min(1, 'describe at least one route')
  .max(10_000)
  .describe('From raw to sanitized topics');

/** `quarantine`: where the coordinates of refused records go. */
export const quarantineSchema = z
  .strictObject({
    cluster: clusterName,
    topic: topicName.describe('Quarantine topic'),
    create: z.boolean().default(false).describe('Create the topic when it is missing'),
  })
  .describe('Where the coordinates of refused records go');

export type RouteSection = z.output<typeof routeSchema>;
export type QuarantineSection = z.output<typeof quarantineSchema>;

/** The anchored form of a topic pattern. */
export function anchored(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

function compiles(pattern: string): boolean {
  try {
    anchored(pattern);
    return true;
  } catch {
    return false;
  }
}
