import { z } from 'zod';

/**
 * The operator's words for techniques: one closed zod object per technique, joined on `technique`. Documentation, configuration parsing and
 * the JSON Schema of the configuration file are all made from here.
 */
const bits = (max: number) => z.int().min(0).max(max);
const domain = z
  .string()
  .min(1)
  .max(128)
  .describe('Values under one domain get equal replacements in every topic, so they can be joined');

const variants = [
  z
    .strictObject({ technique: z.literal('keep') })
    .describe('Pass the value on: deliberately public'),
  z
    .strictObject({
      technique: z.literal('suppress'),
      as: z
        .enum(['null', 'default', 'empty', 'remove'])
        .optional()
        .describe('What is left; by default null where the schema allows it, else the empty value'),
    })
    .describe('Take the value away'),
  z
    .strictObject({
      technique: z.literal('drop-record'),
      when: z.enum(['present', 'always']).default('present'),
    })
    .describe('Drop the whole record'),
  z
    .strictObject({
      technique: z.literal('constant'),
      value: z.union([z.string(), z.number(), z.boolean()]),
    })
    .describe('Write the same value for all'),
  z
    .strictObject({
      technique: z.literal('mask'),
      keepFirst: z.int().min(0).max(1024).default(0),
      keepLast: z.int().min(0).max(1024).default(0),
      character: z.string().length(1).default('*'),
      ignore: z.string().max(64).default('').describe('Characters that are kept, as separators'),
    })
    .describe('Replace characters; a value too short to hide at least half of it is masked whole'),
  z
    .strictObject({
      technique: z.literal('pseudonymize'),
      domain: domain.optional(),
      output: z.enum(['text', 'hex', 'uuid', 'email', 'digits', 'integer', 'bytes']).optional(),
      length: z.int().min(8).max(64).optional().describe('Characters or bytes of the token'),
      trim: z.boolean().default(false),
      foldCase: z.boolean().default(false),
      keepEmpty: z.boolean().default(false),
    })
    .describe('Keyed, deterministic token'),
  z
    .strictObject({ technique: z.literal('encrypt'), domain: domain.optional() })
    .describe('AES-SIV with a derived nonce: reversible by the key holder, equal values differ'),
  z
    .strictObject({ technique: z.literal('encrypt-deterministic'), domain: domain.optional() })
    .describe('AES-SIV without nonce: reversible by the key holder, equal values are equal'),
  z
    .strictObject({
      technique: z.literal('bucket'),
      size: z.number().positive().optional(),
      bounds: z.array(z.number()).min(1).max(1000).optional(),
    })
    .describe('Lower bound of the interval that the number falls into'),
  z
    .strictObject({ technique: z.literal('round'), to: z.number().positive() })
    .describe('Nearest multiple of `to`'),
  z
    .strictObject({
      technique: z.literal('truncate-date'),
      unit: z.enum(['year', 'quarter', 'month', 'week', 'day', 'hour']),
    })
    .describe('Start of the unit, UTC'),
  z
    .strictObject({
      technique: z.literal('shift-date'),
      maxDays: z.int().min(1).max(3650),
      subject: z
        .string()
        .min(1)
        .optional()
        .describe('Path of the field whose value the shift is keyed by'),
      domain: domain.optional(),
    })
    .describe('Keyed shift of whole days, at most `maxDays` either way, equal for one subject'),
  z
    .strictObject({
      technique: z.literal('truncate-ip'),
      v4: bits(32).default(24),
      v6: bits(128).default(48),
    })
    .describe('Network prefix of an IP address'),
] as const;

/** A technique with its parameters, defaults filled in. */
export const techniqueSpecSchema = z.discriminatedUnion('technique', [...variants]);

export type TechniqueSpec = z.output<typeof techniqueSpecSchema>;
export type TechniqueName = TechniqueSpec['technique'];

/** Every technique's schema, for documents. */
export const techniqueSpecVariants = variants;
