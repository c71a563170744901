import type { WardenEvent } from '../../isolation/warden/warden-event.ts';
import type { EventSpec } from './events.ts';

type Named<Name extends WardenEvent['event'], Event = WardenEvent> = Event extends {
  readonly event: Name;
}
  ? Event
  : never;

/** Every line that the warden may write. A contract; documents are made from it. */
export const wardenEvents: {
  readonly [Name in WardenEvent['event']]: EventSpec<Named<Name>>;
} = {
  'warden.started': {
    level: 'info',
    meaning: 'The warden watches; identity is its Lease, holder is this process',
    fields: { mode: 'text', flavour: 'text', identity: 'text', holder: 'text' },
  },
  'warden.leading': {
    level: 'info',
    meaning: 'This process holds the Lease and acts from now on',
    fields: {},
  },
  'warden.following': {
    level: 'info',
    meaning: 'Another process holds the Lease; this one only watches',
    fields: { holder: 'text' },
  },
  'warden.lease-failed': {
    level: 'error',
    meaning: 'The Lease can not be read or written; who held it may act until its time is over',
    fields: { code: 'text' },
  },
  'warden.condition': {
    level: 'warn',
    meaning:
      'Something keeps the warden from following, or does no more (holds is false); policies stay as they are',
    fields: { condition: 'text', holds: 'boolean', reasons: 'texts' },
  },
  'warden.placement-changed': {
    level: 'info',
    meaning:
      'Other flows are needed than before; in a transition the old ones stay open for a while',
    fields: { added: 'number', removed: 'number', transition: 'boolean' },
  },
  'warden.policy-written': {
    level: 'info',
    meaning: 'A policy was written or pruned',
    fields: { action: 'text', policy: 'text' },
  },
  'warden.policy-repaired': {
    level: 'warn',
    meaning:
      'Somebody deleted or changed a policy, and it was put back; by names the field managers that wrote to it',
    fields: { policy: 'text', damage: 'text', by: 'texts' },
  },
  'warden.policy-pending': {
    level: 'warn',
    meaning: 'In mode observe: what would be written',
    fields: { action: 'text', policy: 'text' },
  },
  'warden.write-failed': {
    level: 'error',
    meaning: 'The API server did not take a policy; it is tried again',
    fields: { action: 'text', policy: 'text', code: 'text' },
  },
  'warden.finding': {
    level: 'warn',
    meaning: 'Verification has found something new, or finds it no more (state resolved)',
    fields: {
      state: 'text',
      code: 'text',
      severity: 'text',
      subject: 'text',
      policies: 'texts',
    },
  },
  'warden.watch-restarted': {
    level: 'info',
    meaning: 'A watch lost its place (expired) or its connection (failed) and is taken up again',
    fields: { resource: 'text', why: 'text' },
  },
  'warden.event-refused': {
    level: 'warn',
    meaning: 'The API server did not take an Event; status 0 where it did not answer',
    fields: { status: 'number' },
  },
  'warden.stopped': {
    level: 'info',
    meaning: 'The process ends; released says whether it gave its Lease back',
    fields: { released: 'boolean' },
  },
};
