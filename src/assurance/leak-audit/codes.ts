/** Everything that an audit can find: what it means and what to do, for reports and metrics. */
import type { Severity } from '../../isolation/findings/finding.ts';
import type { RuleText } from '../../isolation/findings/report.ts';
import type { DetectorName } from './detectors/detector.ts';

export type LeakCode =
  | 'LEAK_EMAIL'
  | 'LEAK_PHONE'
  | 'LEAK_IBAN'
  | 'LEAK_PAYMENT_CARD'
  | 'LEAK_IP_ADDRESS'
  | 'LEAK_US_SSN'
  | 'LEAK_NATIONAL_ID'
  | 'LEAK_SECRET';

export type AuditCode =
  | LeakCode
  | 'BATCH_UNREADABLE'
  | 'FORM_BROKEN'
  | 'FRAME_MISSING'
  | 'HEADER_UNEXPECTED'
  | 'LEAF_UNKNOWN'
  | 'RECORDS_MISSED'
  | 'ROUTE_UNSEEN'
  | 'SCHEMA_FOREIGN'
  | 'SCHEMA_OF_OTHER_RULES'
  | 'VALUE_UNREADABLE';

/** The finding of each detector. */
export const leakCodes: Readonly<Record<DetectorName, LeakCode>> = {
  email: 'LEAK_EMAIL',
  phone: 'LEAK_PHONE',
  iban: 'LEAK_IBAN',
  'payment-card': 'LEAK_PAYMENT_CARD',
  'ip-address': 'LEAK_IP_ADDRESS',
  'us-ssn': 'LEAK_US_SSN',
  'national-id': 'LEAK_NATIONAL_ID',
  secret: 'LEAK_SECRET',
};

export interface AuditRule extends RuleText {
  readonly severity: Severity;
  readonly remedy: string;
}

const leak = (what: string): AuditRule => ({
  severity: 'error',
  title: `${what} stands in a value that passes`,
  help: `The rules pass this leaf on, and ${what} was found in it. Give the leaf a technique, or add the place to audit.allow where it may stand there.`,
  remedy: 'give the leaf a technique, or add route, path and detector to audit.allow',
});

/** What each code means. */
export const auditRules: Readonly<Record<AuditCode, AuditRule>> = {
  LEAK_EMAIL: leak('an e-mail address'),
  LEAK_PHONE: leak('a telephone number'),
  LEAK_IBAN: leak('a bank account number (IBAN)'),
  LEAK_PAYMENT_CARD: leak('a payment card number'),
  LEAK_IP_ADDRESS: leak('an IP address'),
  LEAK_US_SSN: leak('a US social security number'),
  LEAK_NATIONAL_ID: leak('a national identity number'),
  LEAK_SECRET: leak('a credential'),
  BATCH_UNREADABLE: {
    severity: 'error',
    title: 'A record batch can not be read',
    help: 'Its checksum, codec or records are broken, so nothing in it was judged.',
    remedy: 'look at the producer and the disks of the brokers; read the batch with other tools',
  },
  FORM_BROKEN: {
    severity: 'error',
    title: 'A value has not the form of its technique',
    help: 'The plan says what is done to the leaf, and the value does not look like it: it may be raw. Only the engine should write to a sanitized topic.',
    remedy: 'find out who wrote the record; take the right Write on the topic from everybody else',
  },
  FRAME_MISSING: {
    severity: 'error',
    title: 'A value names no schema',
    help: 'Every sanitized value carries the id of its schema. Somebody else wrote this one, and it can not be judged.',
    remedy: 'find out who wrote the record; take the right Write on the topic from everybody else',
  },
  HEADER_UNEXPECTED: {
    severity: 'error',
    title: 'A header stands there that the route drops',
    help: 'Only headers that the route lists pass. The name is not shown, since it comes from a record.',
    remedy: 'find out who wrote the record, or list the header in the route',
  },
  LEAF_UNKNOWN: {
    severity: 'error',
    title: 'A leaf is not in the plan',
    help: 'The schema is the one of the plan, and yet a leaf has no decision.',
    remedy: 'report this as a fault of the program',
  },
  RECORDS_MISSED: {
    severity: 'warning',
    title: 'Records were gone before they were judged',
    help: 'Retention deleted them after the last position and before the audit came to them.',
    remedy: 'run the auditor all the time, sample fewer records, or keep the topic longer',
  },
  ROUTE_UNSEEN: {
    severity: 'warning',
    title: 'Nothing of a route was judged',
    help: 'No target topic of the route exists or is known. Topics of routes by pattern are found by the subjects of their raw topics in the registry.',
    remedy: 'create the topic, check the rights of the auditor, or name the topic in the route',
  },
  SCHEMA_FOREIGN: {
    severity: 'error',
    title: 'A record has a schema that no rule made',
    help: 'Neither do the rules make this schema from a version of the raw subject, nor does it name a plan. Detectors looked into all of its text.',
    remedy: 'find out who wrote the record and registered the schema; take those rights away',
  },
  SCHEMA_OF_OTHER_RULES: {
    severity: 'warning',
    title: 'A record has a schema of other rules than those of now',
    help: 'The schema names a plan that the rules of now do not make: the record is older than them, or somebody copied the name. Its forms could not be judged; detectors looked into all of its text.',
    remedy: 'sanitize the topic again, or let retention delete what former rules wrote',
  },
  VALUE_UNREADABLE: {
    severity: 'error',
    title: 'A value is none of its schema',
    help: 'The bytes can not be read by the schema that they name, so they were not judged.',
    remedy: 'find out who wrote the record; take the right Write on the topic from everybody else',
  },
};
