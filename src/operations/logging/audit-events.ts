import type { AuditEvent } from '../../assurance/leak-audit/telemetry.ts';
import type { EventSpec } from './events.ts';

type Named<Name extends AuditEvent['event'], Event = AuditEvent> = Event extends {
  readonly event: Name;
}
  ? Event
  : never;

/** Every line that the auditor may write. A contract; documents are made from it. */
export const auditEvents: { readonly [Name in AuditEvent['event']]: EventSpec<Named<Name>> } = {
  'audit.started': {
    level: 'info',
    meaning: 'The auditor reads',
    fields: { topics: 'number', partitions: 'number' },
  },
  'audit.finding': {
    level: 'warn',
    meaning:
      'Something was found for the first time at this path of this topic; how often is counted in lethe_audit_findings_total',
    fields: {
      code: 'text',
      severity: 'text',
      route: 'text',
      topic: 'text',
      partition: 'number',
      offset: 'text',
      path: 'text',
    },
  },
  'audit.route-unseen': {
    level: 'warn',
    meaning: 'No target topic of the route is there, so nothing of it is judged',
    fields: { route: 'text' },
  },
  'audit.waiting': {
    level: 'warn',
    meaning: 'A broker or the registry does not answer; the auditor asks again and skips nothing',
    fields: { code: 'text', message: 'text' },
  },
  'audit.stopped': {
    level: 'info',
    meaning: 'The process ends; positions are kept',
    fields: {},
  },
};
