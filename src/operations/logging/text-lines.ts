import type { LineSink } from './log.ts';

/** Turns the JSON lines of the log into lines for people: time, level, event, then `name=value`. */
export function textLines(sink: LineSink): { write(line: string): void } {
  return {
    write: (line) => {
      const { time, level, event, ...fields } = parse(line);
      const rest = Object.entries(fields).map(
        ([name, value]) => `${name}=${JSON.stringify(value)}`,
      );
      const head = [
        String(time).slice(11, 23),
        String(level).toUpperCase().padEnd(5),
        String(event),
      ];
      sink.write(`${[...head, ...rest].join(' ')}\n`);
    },
  };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
