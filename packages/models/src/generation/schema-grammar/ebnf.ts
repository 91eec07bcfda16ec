/** Text as a literal of XGrammar's EBNF. */
export function literal(text: string): string {
  return `"${Array.from(text, (c) => escaped(c, '"\\')).join("")}"`;
}

/** A class of ASCII characters, or of all others; ranges of code points, both ends included. */
export function asciiClass(
  ranges: readonly (readonly [from: number, to: number])[],
  { negated = false }: { negated?: boolean } = {},
): string {
  const spelled = ranges.map(([from, to]) => {
    const [a, b] = [from, to].map((code) => {
      const c = String.fromCodePoint(code);
      return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, "0")}` : escaped(c, "\\]^-[");
    });
    return from === to ? a : `${a}-${b}`;
  });
  return `[${negated ? "^" : ""}${spelled.join("")}]`;
}

function escaped(c: string, special: string): string {
  const code = c.codePointAt(0)!;
  if (special.includes(c)) return `\\${c}`;
  if (code >= 0x20 && code <= 0x7e) return c;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** One of several; none is impossible and must not come here. */
export const oneOf = (parts: readonly string[]): string => (parts.length === 1 ? parts[0]! : `(${parts.join(" | ")})`);

/** @param max undefined for no limit. */
export function repeated(part: string, min: number, max: number | undefined): string {
  if (min === 0 && max === undefined) return `${part}*`;
  if (min === 1 && max === undefined) return `${part}+`;
  if (min === 0 && max === 1) return `${part}?`;
  if (max === 0) return '""';
  return min === max ? `${part}{${min}}` : `${part}{${min},${max ?? ""}}`;
}

/** The rules of a grammar under construction. */
export class Rules {
  readonly #bodies = new Map<string, string>();
  readonly #byBody = new Map<string, string>();
  readonly #limit: number;

  constructor({ limit = 20_000 }: { limit?: number } = {}) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#bodies.size >= this.#limit;
  }

  /** A name for a body, the same for the same one. */
  of(body: string): string {
    let name = this.#byBody.get(body);
    if (!name) {
      name = this.reserve();
      this.define(name, body);
      this.#byBody.set(body, name);
    }
    return name;
  }

  /** A name whose body comes later: it may refer to itself. */
  reserve(): string {
    const name = `r${this.#bodies.size}`;
    this.#bodies.set(name, "");
    return name;
  }

  define(name: string, body: string): void {
    this.#bodies.set(name, body);
  }

  /** The whole grammar. */
  toText(root: string): string {
    return [`root ::= ${root}`, ...[...this.#bodies].map(([name, body]) => `${name} ::= ${body}`)].join("\n");
  }
}
