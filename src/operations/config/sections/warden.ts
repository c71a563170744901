import { z } from 'zod';
import { duration } from '../units.ts';
import {
  wardenFlavours,
  wardenModes,
  type WardenSettings,
} from '../../../isolation/warden/settings.ts';

const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'write the name of a Kubernetes object');

/** `isolation.warden`: how `lethe warden` works. */
export const wardenSchema = z
  .strictObject({
    mode: z
      .enum(wardenModes)
      .default('observe')
      .describe('`observe` only reports; `enforce` also writes policies'),
    flavour: z.enum(wardenFlavours).default('networkpolicy').describe('Which policies it writes'),
    poll: duration('500ms', '5m', '2s').describe('Between two questions to Kafka'),
    settle: duration('0s', '1h', '30s').describe(
      'How long a new placement must stand until the connections of the old one are closed',
    ),
    staleAfter: duration('5s', '1h', '30s').describe(
      'An older answer of Kafka counts as none: nothing is changed then',
    ),
    vanishedAfter: duration('10s', '7d', '10m').describe(
      'How long a topic must be missing to count as deleted; nothing is changed until then',
    ),
    acls: duration('0s', '1h', '30s').describe(
      "Between two questions for Kafka's ACLs; 0s asks for none, and they are not verified",
    ),
    lease: z
      .strictObject({
        namespace: name.optional().describe('Default the namespace that it runs in'),
        name: name.default('lethe-warden').describe('One warden of those with this name acts'),
      })
      .prefault({})
      .describe('By which one of several wardens is elected'),
  })
  .refine(({ poll, staleAfter }) => staleAfter >= 2 * poll, {
    path: ['staleAfter'],
    message: 'write at least twice isolation.warden.poll',
  })
  .describe('The warden, which keeps policies as placement changes');

/** The section as the warden takes it. */
export function fillWarden({ lease, ...settings }: z.output<typeof wardenSchema>): WardenSettings {
  return { ...settings, lease: { namespace: lease.namespace ?? null, name: lease.name } };
}
