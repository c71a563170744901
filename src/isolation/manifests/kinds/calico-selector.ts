/** The selector language of Calico: `app == "x" && has(tier) || ! role in {"a", "b"}`. */
import { everything, type Predicate } from '../labels.ts';

const token =
  /\s*(?:(?<text>"[^"]*"|'[^']*')|(?<sign>==|!=|&&|\|\||[!(){},])|(?<word>[a-zA-Z0-9_./-]+))/y;

/** Selectors are short; a limit on depth keeps hostile ones from exhausting the stack. */
const deepest = 100;

/** Parses a selector; the empty one matches everything. Undefined when it is no selector. */
export function parseCalicoSelector(text: string): Predicate | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text);
    if (match === null) return undefined;
    tokens.push(match[0].trim());
  }
  if (tokens.length === 0) return everything;
  try {
    const parser = new Parser(tokens);
    const predicate = parser.either();
    return parser.ended ? predicate : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get ended(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(): Predicate {
    return this.#list('||', 'any', () => this.#list('&&', 'all', () => this.#term()));
  }

  #list(sign: string, kind: 'any' | 'all', next: () => Predicate): Predicate {
    const of = [next()];
    while (this.#accept(sign)) of.push(next());
    return of.length === 1 ? of[0]! : { kind, of };
  }

  #term(): Predicate {
    this.#depth += 1;
    if (this.#depth > deepest) throw new SyntaxError('nested too deep');
    const predicate = this.#negated();
    this.#depth -= 1;
    return predicate;
  }

  #negated(): Predicate {
    if (this.#accept('!')) return { kind: 'not', of: this.#term() };
    if (this.#accept('(')) {
      const inner = this.either();
      this.#expect(')');
      return inner;
    }
    const word = this.#word();
    if (this.#accept('(')) return this.#call(word);
    return this.#comparison(word);
  }

  #call(word: string): Predicate {
    if (word === 'has') {
      const key = this.#word();
      this.#expect(')');
      return { kind: 'has', key };
    }
    this.#expect(')');
    if (word === 'all') return everything;
    // A namespace selector for objects without a namespace: no pod.
    if (word === 'global') return { kind: 'any', of: [] };
    throw new SyntaxError('unknown function');
  }

  #comparison(key: string): Predicate {
    if (this.#accept('==')) return { kind: 'in', key, values: [this.#text()] };
    if (this.#accept('!=')) return { kind: 'not', of: { kind: 'in', key, values: [this.#text()] } };
    const word = this.#word();
    switch (word) {
      case 'in':
        return { kind: 'in', key, values: this.#set() };
      case 'not':
        this.#expect('in');
        return { kind: 'not', of: { kind: 'in', key, values: this.#set() } };
      case 'contains':
        return { kind: 'text', key, test: 'contains', value: this.#text() };
      case 'starts':
        this.#expect('with');
        return { kind: 'text', key, test: 'starts', value: this.#text() };
      case 'ends':
        this.#expect('with');
        return { kind: 'text', key, test: 'ends', value: this.#text() };
      default:
        throw new SyntaxError('unknown operator');
    }
  }

  #set(): readonly string[] {
    this.#expect('{');
    const values: string[] = [];
    if (this.#accept('}')) return values;
    do values.push(this.#text());
    while (this.#accept(','));
    this.#expect('}');
    return values;
  }

  #accept(expected: string): boolean {
    if (this.#tokens[this.#at] !== expected) return false;
    this.#at += 1;
    return true;
  }

  #expect(expected: string): void {
    if (!this.#accept(expected)) throw new SyntaxError('unexpected token');
  }

  #word(): string {
    const found = this.#tokens[this.#at];
    if (found === undefined || !/^[a-zA-Z0-9_./-]/.test(found)) throw new SyntaxError('no word');
    this.#at += 1;
    return found;
  }

  #text(): string {
    const found = this.#tokens[this.#at];
    if (found === undefined || !/^["']/.test(found)) throw new SyntaxError('no text');
    this.#at += 1;
    return found.slice(1, -1);
  }
}
