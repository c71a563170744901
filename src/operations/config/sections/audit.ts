import { z } from 'zod';
import { parsePath } from '../../../anonymization/schema/path.ts';
import { detectorNames } from '../../../assurance/leak-audit/detectors/detector.ts';
import type { AuditSettings } from '../../../assurance/leak-audit/settings.ts';

const detector = z.enum(detectorNames);

const allowedSchema = z.strictObject({
  route: z.string().min(1).max(100).describe('Name of a route'),
  path: z
    .string()
    .min(1)
    .max(1000)
    .refine(
      (path) => path.startsWith('$') || parsePath(path).ok,
      'write a path as findings show it, such as address.note',
    )
    .describe('Path as findings show it: `note`, `$key`, `$header.x-trace`'),
  detector: detector.describe('What may stand there'),
});

/** `audit`: how `lethe audit` looks at sanitized topics. */
export const auditSchema = z
  .strictObject({
    groupId: z
      .string()
      .min(1)
      .max(249)
      .optional()
      .describe('Where positions are kept; default service.groupId with "-audit"'),
    sample: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe('Judge one record in so many, by offset; 1 is all of them'),
    startFrom: z
      .enum(['earliest', 'latest'])
      .default('earliest')
      .describe('Where a partition without a position begins'),
    detectors: z
      .array(detector)
      .max(detectorNames.length)
      .default([...detectorNames])
      .describe('What is looked for in values that pass'),
    allow: z
      .array(allowedSchema)
      .max(10_000)
      .default([])
      .describe('Finds that are known and accepted'),
  })
  .describe('The auditor, which reads sanitized topics again');

export type AuditSection = z.output<typeof auditSchema>;

/** The section as the auditor takes it. */
export function fillAudit({ groupId, ...rest }: AuditSection, serviceGroup: string): AuditSettings {
  return { ...rest, groupId: groupId ?? `${serviceGroup}-audit` };
}
