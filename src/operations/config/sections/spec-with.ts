import { z } from 'zod';
import {
  techniqueSpecSchema,
  techniqueSpecVariants,
} from '../../../anonymization/rules/technique-spec.ts';
import type { TechniqueSpec } from '../../../anonymization/rules/technique-spec.ts';

/** Every technique's object with further keys beside the technique's own, as `{ type: string, technique: mask, keepLast: 2 }`. */
export function specWith<Extra extends z.ZodRawShape>(extra: Extra) {
  const variants: readonly z.ZodObject[] = techniqueSpecVariants;
  const [first, ...rest] = variants.map((variant) => variant.extend(extra));
  if (first === undefined) throw new TypeError('there is no technique');
  return z.discriminatedUnion('technique', [first, ...rest]).transform((written) => {
    const own = Object.entries(written).filter(([key]) => !Object.hasOwn(extra, key));
    const others = Object.entries(written).filter(([key]) => Object.hasOwn(extra, key));
    const spec: TechniqueSpec = techniqueSpecSchema.parse(Object.fromEntries(own));
    return { spec, extra: z.object(extra).parse(Object.fromEntries(others)) };
  });
}
