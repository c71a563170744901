import type { FieldKind } from './events.ts';

const longestText = 500;
const mostItems = 100;

/**
 * What one field of an event becomes in a log line: only plain data of the kind that the table names, cut to a bounded size. Everything else
 * is `undefined` and thereby left out; objects are never written as they come.
 */
export function serializeField(kind: FieldKind, value: unknown): unknown {
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? cut(value) : undefined;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'texts':
      return Array.isArray(value)
        ? value
            .slice(0, mostItems)
            .filter((item) => typeof item === 'string')
            .map(cut)
        : undefined;
    case 'problems':
      return Array.isArray(value) ? value.slice(0, mostItems).map(problem) : undefined;
  }
}

function problem(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return {};
  const field = (name: string): unknown => serializeField('text', Reflect.get(value, name));
  return { code: field('code'), path: field('path'), message: field('message') };
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
