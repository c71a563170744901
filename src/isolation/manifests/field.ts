import type { ComplaintCode, Complaints, Severity } from './complaints.ts';
import type { ManifestDocument, Step } from './documents.ts';
import type { Labels } from './labels.ts';
import type { Origin } from './objects.ts';

/**
 * One value inside a manifest, which knows where it stands. Reading it with the wrong type is a complaint with file and line
 * and gives the empty value, so that one pass finds every mistake. `null` counts as absent, as in the API server.
 */
export class Field {
  readonly #value: unknown;
  readonly #path: readonly Step[];
  readonly #document: ManifestDocument;
  readonly #complaints: Complaints;

  constructor(
    document: ManifestDocument,
    complaints: Complaints,
    value: unknown,
    path: readonly Step[],
  ) {
    this.#value = value ?? undefined;
    this.#path = path;
    this.#document = document;
    this.#complaints = complaints;
  }

  get exists(): boolean {
    return this.#value !== undefined;
  }

  /** The raw value, for a look at its type. */
  get raw(): unknown {
    return this.#value;
  }

  /** The path inside the document, such as `spec.ingress[0].from`. */
  get path(): string {
    return this.#path.reduce<string>(
      (text, step) =>
        typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`,
      '',
    );
  }

  /** Where the field stands. Looks the line up, so not for every field of a large file. */
  origin(): Origin {
    return { file: this.#document.file, line: this.#document.lineOf(this.#path) };
  }

  /** Where the field stands, looked up when `line` is first read. */
  lazyOrigin(): Origin {
    const [document, path] = [this.#document, this.#path];
    let line: number | undefined;
    return {
      file: document.file,
      get line() {
        return (line ??= document.lineOf(path));
      },
    };
  }

  complain(severity: Severity, code: ComplaintCode, message: string): void {
    const { file, line } = this.origin();
    this.#complaints.add(severity, code, `${file}:${line} ${this.path}`.trimEnd(), message);
  }

  /** A field of this object; absent where this is no object. */
  at(key: string): Field {
    const value: unknown =
      isObject(this.#value) && Object.hasOwn(this.#value, key) ? this.#value[key] : undefined;
    return new Field(this.#document, this.#complaints, value, [...this.#path, key]);
  }

  /** Names of the fields of this object. */
  keys(): readonly string[] {
    if (!this.exists) return [];
    if (isObject(this.#value)) return Object.keys(this.#value);
    this.#expected('an object');
    return [];
  }

  /** Complains about every field of this object that is not listed: the API server would drop it silently. */
  only(...known: readonly string[]): this {
    for (const key of this.keys()) {
      if (known.includes(key)) continue;
      const message = `correct or remove the field "${shown(key)}": the API server would ignore it`;
      this.at(key).complain('error', 'UNKNOWN_FIELD', message);
    }
    return this;
  }

  /** The items of this list; none where it is absent. */
  items(): readonly Field[] {
    if (!this.exists) return [];
    if (!Array.isArray(this.#value)) {
      this.#expected('a list');
      return [];
    }
    return this.#value.map(
      (item, index) => new Field(this.#document, this.#complaints, item, [...this.#path, index]),
    );
  }

  /** The text, undefined where it is absent. */
  text(): string | undefined {
    if (typeof this.#value === 'string' || !this.exists) return this.#value as string | undefined;
    this.#expected('a text (quote it)');
    return undefined;
  }

  /** The text, which must be there. */
  required(): string {
    return this.need().text() ?? '';
  }

  /** This field; a complaint where it is absent. */
  need(): this {
    if (!this.exists) this.complain('error', 'INVALID_FIELD', `add the field "${this.path}"`);
    return this;
  }

  /** The texts of this list. */
  texts(): readonly string[] {
    return this.items().flatMap((item) => item.text() ?? []);
  }

  boolean(): boolean | undefined {
    if (typeof this.#value === 'boolean' || !this.exists) return this.#value as boolean | undefined;
    this.#expected('true or false');
    return undefined;
  }

  number(): number | undefined {
    if (typeof this.#value === 'number' || !this.exists) return this.#value as number | undefined;
    this.#expected('a number');
    return undefined;
  }

  /** The whole number within the bounds, undefined where it is absent or wrong. */
  integer(least: number, most: number): number | undefined {
    if (!this.exists) return undefined;
    const value = this.#value;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
      return value;
    this.#expected(`a whole number from ${least} to ${most}`);
    return undefined;
  }

  /** The one of `known` that this text is, undefined where it is absent or another. */
  choice<T extends string>(known: readonly T[]): T | undefined {
    const value = this.text();
    const found = known.find((one) => one === value);
    if (value !== undefined && found === undefined) this.#expected(`one of ${known.join(', ')}`);
    return found;
  }

  /** This object as a map of texts. */
  labels(): Labels {
    const labels = new Map<string, string>();
    for (const key of this.keys()) {
      const value = this.#value === undefined ? undefined : (this.at(key).text() ?? '');
      if (value !== undefined) labels.set(key, value);
    }
    return labels;
  }

  #expected(what: string): void {
    this.complain('error', 'INVALID_FIELD', `write ${what} here`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key of a manifest, shortened and without control characters, fit for a message. */
export const shown = (text: string): string => text.replace(/\p{Cc}/gu, '?').slice(0, 80);
