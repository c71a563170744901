import type { StreamingEvent } from '../../streaming/telemetry.ts';
import { auditEvents } from './audit-events.ts';
import { wardenEvents } from './warden-events.ts';
import type { AuditEvent } from '../../assurance/leak-audit/telemetry.ts';
import type { WardenEvent } from '../../isolation/warden/warden-event.ts';
import type { Problem } from '../../foundation/errors.ts';

/** What the process says about itself. */
export type OperationsEvent =
  | {
      readonly event: 'service.starting';
      readonly version: string;
      readonly node: string;
      readonly shards: number;
      readonly memoryPerShard: number;
      readonly memoryTotal: number;
    }
  | { readonly event: 'service.ready'; readonly seconds: number }
  | { readonly event: 'service.stopping'; readonly reason: string; readonly deadline: number }
  | { readonly event: 'service.stopped'; readonly drained: boolean }
  | { readonly event: 'service.failed'; readonly code: string; readonly message: string }
  | { readonly event: 'config.warning'; readonly path: string; readonly message: string }
  | { readonly event: 'config.reloaded'; readonly routes: number }
  | {
      readonly event: 'config.rejected';
      readonly code: string;
      readonly message: string;
      readonly problems: readonly Problem[];
    }
  | { readonly event: 'config.needs-restart'; readonly path: string }
  | { readonly event: 'http.listening'; readonly host: string; readonly port: number };

export type LogEvent = StreamingEvent | OperationsEvent | WardenEvent | AuditEvent;
export type EventName = LogEvent['event'];
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a field may hold; anything of another kind is dropped when the line is written. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'texts' | 'problems';

type Named<Name extends EventName, Event = LogEvent> = Event extends { readonly event: infer Names }
  ? Name extends Names
    ? Event
    : never
  : never;

/** One line of the contract. */
export interface EventSpec<Event> {
  readonly level: LogLevel;
  readonly meaning: string;
  readonly fields: Readonly<Record<Exclude<keyof Event, 'event'> & string, FieldKind>>;
}

type EventTable = { readonly [Name in EventName]: EventSpec<Named<Name>> };

const shard = { shard: 'number' } as const;
const failure = { code: 'text', message: 'text' } as const;

/** Every line that the service may write: level, meaning, and the only fields that pass. A contract; documents are made from it. */
export const logEvents: EventTable = {
  ...wardenEvents,
  ...auditEvents,
  'service.starting': {
    level: 'info',
    meaning: 'The process starts; sizes are bytes of record data at most',
    fields: {
      version: 'text',
      node: 'text',
      shards: 'number',
      memoryPerShard: 'number',
      memoryTotal: 'number',
    },
  },
  'service.ready': {
    level: 'info',
    meaning: 'Every shard has joined its group',
    fields: { seconds: 'number' },
  },
  'service.stopping': {
    level: 'info',
    meaning: 'A drain begins; deadline in milliseconds',
    fields: { reason: 'text', deadline: 'number' },
  },
  'service.stopped': {
    level: 'info',
    meaning: 'The process ends; drained says whether every open transaction was finished',
    fields: { drained: 'boolean' },
  },
  'service.failed': {
    level: 'error',
    meaning: "The service can't go on by itself; the process ends with exit code 1",
    fields: failure,
  },
  'config.warning': {
    level: 'warn',
    meaning: 'The configuration allows something that should be seen at each start',
    fields: { path: 'text', message: 'text' },
  },
  'config.reloaded': {
    level: 'info',
    meaning: 'A changed configuration or key directory is at work',
    fields: { routes: 'number' },
  },
  'config.rejected': {
    level: 'error',
    meaning: 'A changed configuration was refused whole; the old one keeps running',
    fields: { ...failure, problems: 'problems' },
  },
  'config.needs-restart': {
    level: 'warn',
    meaning: 'This part of a changed configuration is taken at the next start only',
    fields: { path: 'text' },
  },
  'http.listening': {
    level: 'info',
    meaning: 'Health and metrics are answered',
    fields: { host: 'text', port: 'number' },
  },
  'shard.started': { level: 'info', meaning: 'A shard has joined its group', fields: shard },
  'shard.stopped': { level: 'info', meaning: 'A shard has ended', fields: shard },
  'shard.drained': {
    level: 'info',
    meaning: 'A shard has finished its open transaction before its end',
    fields: shard,
  },
  'shard.restarting': {
    level: 'warn',
    meaning: 'A failed shard is replaced after a back-off in milliseconds',
    fields: { ...shard, code: 'text', backoff: 'number' },
  },
  'shard.failed': {
    level: 'error',
    meaning: 'A shard has ended with an error',
    fields: { ...shard, ...failure },
  },
  'shard.heartbeat-missed': {
    level: 'warn',
    meaning: 'A shard was silent for so many milliseconds and is terminated',
    fields: { ...shard, milliseconds: 'number' },
  },
  'assignment.changed': {
    level: 'info',
    meaning: 'The group gave a shard these partitions',
    fields: { ...shard, generation: 'number', partitions: 'texts' },
  },
  'assignment.lost': {
    level: 'info',
    meaning: "The group took a shard's partitions away",
    fields: { ...shard, generation: 'number' },
  },
  'transaction.aborted': {
    level: 'warn',
    meaning: 'A transaction was undone; its records are read again',
    fields: { ...shard, ...failure },
  },
  'plan.compiled': {
    level: 'info',
    meaning: 'A schema has a plan, and its output schema is registered',
    fields: {
      route: 'text',
      subject: 'text',
      schemaId: 'number',
      outputSchemaId: 'number',
      digest: 'text',
      steps: 'number',
    },
  },
  'plan.refused': {
    level: 'error',
    meaning: 'A schema has no plan: its records are quarantined, or the partition halts',
    fields: {
      route: 'text',
      subject: 'text',
      schemaId: 'number',
      code: 'text',
      problems: 'problems',
    },
  },
  'plan.passes-unclassified': {
    level: 'warn',
    meaning: 'These leaves pass only because the route says unclassified: pass',
    fields: { route: 'text', schemaId: 'number', paths: 'texts' },
  },
  'partition.halted': {
    level: 'error',
    meaning: 'A route with onRefusal: halt has stopped at a refused record',
    fields: { topic: 'text', partition: 'number', code: 'text', remedy: 'text' },
  },
  'dependency.awaited': {
    level: 'warn',
    meaning: 'The start waits for a dependency; told again only when the error becomes another one',
    fields: { dependency: 'text', ...failure },
  },
  'dependency.reached': {
    level: 'info',
    meaning: 'A dependency that the start waited for answers',
    fields: { dependency: 'text', seconds: 'number' },
  },
  'registry.unavailable': {
    level: 'error',
    meaning: 'The schema registry does not answer; calls are repeated',
    fields: failure,
  },
  'records.quarantined': {
    level: 'warn',
    meaning: 'Records were refused; only coordinates, code and schema path are told',
    fields: {
      route: 'text',
      topic: 'text',
      partition: 'number',
      code: 'text',
      path: 'text',
      count: 'number',
      firstOffset: 'text',
    },
  },
  'topics.discovered': {
    level: 'info',
    meaning: 'New topics match the pattern of a route',
    fields: { route: 'text', topics: 'texts' },
  },
  'topic.created': {
    level: 'info',
    meaning: 'A target or quarantine topic was created on request',
    fields: { topic: 'text', partitions: 'number' },
  },
  'topic.mismatch': {
    level: 'error',
    meaning: 'A target topic does not fit its source or its key technique',
    fields: { topic: 'text', ...failure },
  },
};
