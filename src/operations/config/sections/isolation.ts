import { z } from 'zod';

const workload = z.looseObject({
  namespace: z.string().min(1).describe('Namespace of the pods'),
  podSelector: z.record(z.string(), z.string()).optional().describe('Labels of the pods'),
});

/** `isolation`: the network shield. Its words are checked here as far as every mode shares them; the rest is kept as written. */
export const isolationSchema = z
  .looseObject({
    mode: z.enum(['cluster', 'brokers', 'listener']).describe('What is fenced'),
    anonymizer: workload.optional().describe('The pods that may cross'),
    brokers: z.record(z.string(), z.looseObject({})).optional().describe('Broker pods by cluster'),
    clients: z
      .array(
        z.looseObject({
          name: z.string().min(1),
          workload,
          produces: z.array(z.string()).optional(),
          consumes: z.array(z.string()).optional(),
          groups: z.array(z.string()).optional(),
        }),
      )
      .optional()
      .describe('Who else may talk to whom; everything not said is denied'),
    operators: z
      .array(z.looseObject({ name: z.string().min(1), workload }))
      .optional()
      .describe('Monitoring and the like'),
    dns: workload.optional().describe('The name service'),
  })
  .describe('The network shield');

export type IsolationSection = z.output<typeof isolationSchema>;
