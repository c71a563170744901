import { z } from 'zod';
import { auditSchema } from './sections/audit.ts';
import { isolationSchema } from './sections/isolation.ts';
import { kafkaSchema } from './sections/kafka.ts';
import { keysSchema } from './sections/keys.ts';
import { quarantineSchema, routesSchema } from './sections/routes.ts';
import { registrySchema } from './sections/registry.ts';
import { rulesSchema } from './sections/rules.ts';
import { serviceSchema } from './sections/service.ts';

/** The configuration file, as an operator writes it. Documents and the JSON Schema are made from here. */
export const fileSchema = z.strictObject({
  kafka: kafkaSchema,
  registry: registrySchema,
  keys: keysSchema,
  rules: rulesSchema,
  routes: routesSchema,
  quarantine: quarantineSchema.prefault({ topic: 'lethe.quarantine' }),
  service: serviceSchema.prefault({}),
  isolation: isolationSchema.optional(),
  audit: auditSchema.prefault({}),
});

export type ConfigFile = z.output<typeof fileSchema>;

/** JSON Schema (draft 2020-12) of what may be written, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-2020-12' });
  return { title: 'Lethe configuration', ...schema };
}
