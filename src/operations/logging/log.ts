import { pino } from 'pino';
import { logEvents } from './events.ts';
import { serializeField } from './serialize.ts';
import { textLines } from './text-lines.ts';
import type { LogEvent, LogLevel } from './events.ts';

/** Where lines go: standard output, or a collector in tests. */
export interface LineSink {
  write(line: string): unknown;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  readonly sink: LineSink;
}

/** Writes events of the closed table as lines, and nothing else: there is no way to log a free text or an object. */
export class Log {
  readonly #pino: pino.Logger;

  constructor({ level, format, sink }: LogOptions) {
    this.#pino = pino(
      {
        level,
        base: null,
        messageKey: 'event',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      format === 'text' ? textLines(sink) : sink,
    );
  }

  event(event: LogEvent): void {
    const { level, fields } = logEvents[event.event];
    const line: Record<string, unknown> = {};
    for (const [name, kind] of Object.entries(fields))
      line[name] = serializeField(kind, Reflect.get(event, name));
    this.#pino[level](line, event.event);
  }

  setLevel(level: LogLevel): void {
    this.#pino.level = level;
  }
}
