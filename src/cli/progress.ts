import type { Terminal } from './terminal.ts';

/** Times a second that the bar is drawn. */
const framesPerSecond = 10;

/** A progress line on standard error, drawn only for people. `total` is bytes, or null where the end is not known (a pipe). */
export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number | null;
  readonly #now: () => number;
  readonly #started: number;
  #drawn = 0;

  constructor(
    terminal: Terminal,
    total: number | null,
    now: () => number = () => performance.now(),
  ) {
    this.#terminal = terminal;
    this.#total = total;
    this.#now = now;
    this.#started = now();
  }

  update(bytes: number, records: number): void {
    if (!this.#terminal.interactive) return;
    const now = this.#now();
    if (now - this.#drawn < 1000 / framesPerSecond) return;
    this.#drawn = now;
    this.#terminal.stderr.write(`\r${this.#line(bytes, records, now)}\u001b[K`);
  }

  /** Takes the line away, so that the summary stands alone. */
  clear(): void {
    if (this.#terminal.interactive) this.#terminal.stderr.write('\r\u001b[K');
  }

  #line(bytes: number, records: number, now: number): string {
    const rate = Math.round(records / Math.max(0.001, (now - this.#started) / 1000));
    const counts = `${records} records  ${rate}/s`;
    if (this.#total === null || this.#total === 0) return counts;
    const part = Math.min(1, bytes / this.#total);
    const room = Math.max(10, Math.min(40, this.#terminal.columns - counts.length - 10));
    const full = Math.round(part * room);
    const percent = String(Math.floor(part * 100)).padStart(3);
    return `${'█'.repeat(full)}${'░'.repeat(room - full)} ${percent}%  ${counts}`;
  }
}
