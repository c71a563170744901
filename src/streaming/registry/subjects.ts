import type { SubjectNameStrategy } from '../settings.ts';

/**
 * The subject under which a schema is registered (Confluent's TopicNameStrategy, RecordNameStrategy, TopicRecordNameStrategy).
 * `record` is the full name of the root record; a schema without one falls back to the topic's subject.
 */
export function subjectOf(
  strategy: SubjectNameStrategy,
  topic: string,
  record: string,
  part: 'key' | 'value',
): string {
  if (record === '') return `${topic}-${part}`;
  switch (strategy) {
    case 'topic':
      return `${topic}-${part}`;
    case 'record':
      return record;
    case 'topic-record':
      return `${topic}-${record}`;
  }
}
