import { InputError } from "@loam/core";
import { type SQL, sql } from "drizzle-orm";

/** One comparison: `metrics.loss < 0.1` is `{ entity: "metrics", key: "loss", operator: "<", value: 0.1 }`. */
export interface Comparison {
  /** Before the first dot, in lower case; empty where there is none. */
  entity: string;
  key: string;
  operator: Operator;
  value: string | number | readonly (string | number)[] | null;
  /** As it stands in the text, for errors. */
  text: string;
}

export type Operator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "LIKE"
  | "ILIKE"
  | "IN"
  | "NOT IN"
  | "IS NULL"
  | "IS NOT NULL";

export interface Order {
  entity: string;
  key: string;
  descending: boolean;
}

const wholeName = /^(?:`[^`]+`|"[^"]+"|[\p{L}_][\p{L}\p{N}_./-]*)/u;

/**
 * MLflow's filter language: comparisons joined by AND, such as `metrics.loss < 0.1 and params.opt = 'adam'`. Names with
 * other characters are quoted with backticks or double quotes. What is not understood is refused by its text.
 *
 * @throws {InputError}
 */
export function parseMlflowFilter(filter: string): Comparison[] {
  const reader = new Reader(filter);
  const comparisons: Comparison[] = [];
  if (reader.atEnd()) return comparisons;
  for (;;) {
    comparisons.push(reader.comparison());
    if (reader.atEnd()) return comparisons;
    if (!reader.word("AND")) throw reader.unexpected("`AND`, or the end");
  }
}

/** `["metrics.loss DESC", "attributes.start_time"]`. @throws {InputError} */
export function parseMlflowOrder(orderBy: readonly string[]): Order[] {
  return orderBy.map((text) => {
    const reader = new Reader(text);
    const { entity, key } = reader.name();
    const descending = reader.word("DESC");
    if (!descending) reader.word("ASC");
    if (!reader.atEnd()) throw reader.unexpected("`ASC` or `DESC`");
    return { entity, key, descending };
  });
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at >= this.#text.length;
  }

  /** Takes a word, in any case. */
  word(word: string): boolean {
    this.#space();
    const here = this.#text.slice(this.#at, this.#at + word.length);
    if (here.toUpperCase() !== word || /[\p{L}\p{N}_]/u.test(this.#text[this.#at + word.length] ?? "")) return false;
    this.#at += word.length;
    return true;
  }

  comparison(): Comparison {
    const from = this.#at;
    const { entity, key } = this.name();
    const operator = this.#operator();
    const value = operator.startsWith("IS ") ? null : operator.endsWith("IN") ? this.#list() : this.#value();
    return { entity, key, operator, value, text: this.#text.slice(from, this.#at).trim() };
  }

  name(): { entity: string; key: string } {
    const first = this.#part();
    if (this.#text[this.#at] === ".") {
      this.#at++;
      return { entity: first.toLowerCase(), key: this.#part() };
    }
    // A plain word takes in its dots: the entity is what is before the first of them.
    const dot = first.indexOf(".");
    return dot < 0
      ? { entity: "", key: first }
      : { entity: first.slice(0, dot).toLowerCase(), key: first.slice(dot + 1) || this.#part() };
  }

  unexpected(expected: string): InputError {
    const rest = this.#text.slice(this.#at, this.#at + 40).trim();
    return new InputError(
      "invalid_filter",
      `Invalid clause(s) in filter string: ${rest === "" ? "it ends" : JSON.stringify(rest)} where ${expected} was expected, in ${JSON.stringify(this.#text.slice(0, 200))}.`,
      { details: { name: "filter" }, hint: "it looks like `metrics.loss < 0.1 and params.opt = 'adam'`" },
    );
  }

  #part(): string {
    this.#space();
    const found = wholeName.exec(this.#text.slice(this.#at, this.#at + 1000))?.[0];
    if (!found) throw this.unexpected("a name such as `metrics.loss`");
    this.#at += found.length;
    return found.startsWith("`") || found.startsWith('"') ? found.slice(1, -1) : found;
  }

  #operator(): Operator {
    this.#space();
    for (const operator of ["!=", "<=", ">=", "=", "<", ">"] as const)
      if (this.#text.startsWith(operator, this.#at)) {
        this.#at += operator.length;
        return operator;
      }
    for (const operator of ["LIKE", "ILIKE", "IN"] as const) if (this.word(operator)) return operator;
    if (this.word("NOT")) {
      if (this.word("IN")) return "NOT IN";
    } else if (this.word("IS")) {
      const not = this.word("NOT");
      if (this.word("NULL")) return not ? "IS NOT NULL" : "IS NULL";
    }
    throw this.unexpected("a comparison: =, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL or IS NOT NULL");
  }

  #value(): string | number {
    this.#space();
    const char = this.#text[this.#at];
    if (char === "'" || char === '"') return this.#string(char);
    const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.])/u.exec(
      this.#text.slice(this.#at, this.#at + 100),
    )?.[0];
    if (number === undefined) throw this.unexpected("a number, or a text in quotes");
    this.#at += number.length;
    return Number(number);
  }

  #list(): (string | number)[] {
    this.#space();
    if (this.#text[this.#at] !== "(") throw this.unexpected("a list in parentheses");
    this.#at++;
    const items: (string | number)[] = [];
    for (;;) {
      items.push(this.#value());
      this.#space();
      const char = this.#text[this.#at++];
      if (char === ")") return items;
      if (char !== ",") {
        this.#at--;
        throw this.unexpected("`,` or `)`");
      }
    }
  }

  /** A quote inside is written twice, or with a backslash. */
  #string(quote: string): string {
    let value = "";
    for (let i = this.#at + 1; i < this.#text.length; i++) {
      const char = this.#text[i]!;
      if (char === quote && this.#text[i + 1] === quote) value += this.#text[i++]!;
      else if (char === "\\" && this.#text[i + 1] === quote) value += this.#text[++i]!;
      else if (char === quote) {
        this.#at = i + 1;
        return value;
      } else value += char;
    }
    throw this.unexpected(`a text that ends with ${quote}`);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}

/** A text column under a comparison. @throws {InputError} when it is compared with a number. */
export function compareText(target: SQL, { operator, value, text }: Comparison): SQL {
  if (operator === "IS NULL") return sql`${target} is null`;
  if (operator === "IS NOT NULL") return sql`${target} is not null`;
  if (operator === "IN" || operator === "NOT IN") {
    const items = sql.join(
      (value as readonly (string | number)[]).map((item) => sql`${textValue(item, text)}`),
      sql`, `,
    );
    return operator === "IN" ? sql`${target} in (${items})` : sql`${target} not in (${items})`;
  }
  const wanted = textValue(value as string | number, text);
  switch (operator) {
    case "LIKE":
      return sql`${target} like ${wanted}`;
    case "ILIKE":
      return sql`${target} ilike ${wanted}`;
    case "=":
      return sql`${target} = ${wanted}`;
    case "!=":
      return sql`${target} <> ${wanted}`;
    default:
      throw invalid(text, "texts are compared with =, !=, LIKE, ILIKE, IN or NOT IN");
  }
}

function textValue(value: string | number, text: string): string {
  if (typeof value === "string") return value;
  throw invalid(text, `the value is a text, in quotes: '${value}'`);
}

/** A number column under a comparison. @throws {InputError} when it is compared with a text that is no number. */
export function compareNumber(target: SQL, { operator, value, text }: Comparison): SQL {
  if (operator === "IS NULL") return sql`${target} is null`;
  if (operator === "IS NOT NULL") return sql`${target} is not null`;
  if (operator === "IN" || operator === "NOT IN") {
    const items = sql.join(
      (value as readonly (string | number)[]).map((item) => sql`${numberValue(item, text)}::double precision`),
      sql`, `,
    );
    return operator === "IN" ? sql`${target} in (${items})` : sql`${target} not in (${items})`;
  }
  const wanted = sql`${numberValue(value as string | number, text)}::double precision`;
  switch (operator) {
    case "=":
      return sql`${target} = ${wanted}`;
    case "!=":
      return sql`${target} <> ${wanted}`;
    case "<":
    case "<=":
    case ">":
    case ">=":
      return sql`${target} ${sql.raw(operator)} ${wanted}`;
    default:
      throw invalid(text, "numbers are compared with =, !=, <, <=, > or >=");
  }
}

function numberValue(value: string | number, text: string): string {
  if (typeof value === "number" && !Number.isNaN(value)) return String(value);
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return String(Number(value));
  throw invalid(text, `${JSON.stringify(value)} is no number`);
}

export function invalid(text: string, why: string): InputError {
  return new InputError("invalid_filter", `Invalid clause(s) in filter string: \`${text.slice(0, 200)}\`: ${why}.`, {
    details: { name: "filter" },
  });
}
