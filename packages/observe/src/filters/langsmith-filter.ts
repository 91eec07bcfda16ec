import { InputError } from "@loam/core";
import { feedback, spans } from "@loam/store";
import { and, not, or, type SQL, sql } from "drizzle-orm";

/** The table that a filter speaks of: `spans`, or an alias of it. */
export type SpanTable = typeof spans;

type Literal = string | number | boolean | null;
type Argument = { call: string; args: Argument[] } | { name: string } | { list: Literal[] } | { literal: Literal };

/**
 * LangSmith's filter language as a condition on spans: `and(eq(run_type, "llm"), gt(latency, "2s"), has(tags, "beta"))`.
 * Values become parameters; no part of the text becomes SQL.
 *
 * @throws {InputError} naming the part that is not understood.
 */
export function langsmithFilter(text: string, table: SpanTable = spans): SQL {
  const parser = new Parser(text);
  const tree = parser.argument();
  parser.end();
  return condition(tree, table, text);
}

function invalid(text: string, what: string): InputError {
  return new InputError("invalid_filter", `The filter ${JSON.stringify(text.slice(0, 200))} is not valid: ${what}.`, {
    details: { name: "filter" },
    hint: 'it looks like `and(eq(run_type, "llm"), gt(latency, "2s"))`',
  });
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  argument(): Argument {
    this.#space();
    if (++this.#depth > 50) throw invalid(this.#text, "it is nested more than 50 deep");
    try {
      const rest = this.#text.slice(this.#at, this.#at + 10_000);
      const char = rest[0];
      if (char === '"' || char === "'") return { literal: this.#string(char) };
      if (char === "[") return { list: this.#list() };
      const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(rest)?.[0];
      if (number) {
        this.#at += number.length;
        return { literal: Number(number) };
      }
      const word = /^[A-Za-z_][\w.]*/.exec(rest)?.[0];
      if (!word) throw invalid(this.#text, `${JSON.stringify(rest.slice(0, 20))} is no value at ${this.#at}`);
      this.#at += word.length;
      this.#space();
      if (this.#text[this.#at] === "(") return { call: word.toLowerCase(), args: this.#args() };
      const constants: Record<string, Literal> = {
        true: true,
        false: false,
        True: true,
        False: false,
        null: null,
        None: null,
      };
      return Object.hasOwn(constants, word) ? { literal: constants[word]! } : { name: word.toLowerCase() };
    } finally {
      this.#depth--;
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length)
      throw invalid(this.#text, `${JSON.stringify(this.#text.slice(this.#at, this.#at + 20))} is left over`);
  }

  #args(): Argument[] {
    this.#at++; // (
    const args: Argument[] = [];
    for (this.#space(); this.#text[this.#at] !== ")"; this.#space()) {
      if (this.#at >= this.#text.length) throw invalid(this.#text, "a `)` is missing");
      args.push(this.argument());
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== ")") throw invalid(this.#text, `expected \`,\` or \`)\` at ${this.#at}`);
    }
    this.#at++;
    return args;
  }

  #list(): Literal[] {
    this.#at++; // [
    const items: Literal[] = [];
    for (this.#space(); this.#text[this.#at] !== "]"; this.#space()) {
      if (this.#at >= this.#text.length) throw invalid(this.#text, "a `]` is missing");
      const item = this.argument();
      if (!("literal" in item)) throw invalid(this.#text, "a list holds texts and numbers only");
      items.push(item.literal);
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== "]") throw invalid(this.#text, `expected \`,\` or \`]\` at ${this.#at}`);
    }
    this.#at++;
    return items;
  }

  #string(quote: string): string {
    let value = "";
    for (let i = this.#at + 1; i < this.#text.length; i++) {
      const char = this.#text[i]!;
      if (char === "\\" && i + 1 < this.#text.length) {
        const next = this.#text[++i]!;
        value += next === "n" ? "\n" : next === "t" ? "\t" : next;
      } else if (char === quote) {
        this.#at = i + 1;
        return value;
      } else value += char;
    }
    throw invalid(this.#text, `a ${quote} is missing`);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}

const comparisons: Record<string, string> = { eq: "=", neq: "<>", gt: ">", gte: ">=", lt: "<", lte: "<=" };

function condition(tree: Argument, table: SpanTable, text: string): SQL {
  if (!("call" in tree)) throw invalid(text, 'a comparison such as `eq(name, "x")` was expected');
  const { call, args } = tree;
  if (call === "and") return conjunction(args, table, text);
  if (call === "or") return or(...args.map((each) => condition(each, table, text))) ?? sql`false`;
  if (call === "not") return not(condition(one(args, text), table, text));
  if (call === "search") return search(literalText(one(args, text), text), table);
  const [field, value] = args;
  if (!field || !("name" in field) || !value || args.length !== 2)
    throw invalid(text, `\`${call}\` takes a field and a value`);
  if (call === "has") return has(field.name, value, table, text);
  if (call === "in") {
    if (!("list" in value)) throw invalid(text, "`in` takes a field and a list");
    return or(...value.list.map((item) => compare("=", field.name, item, table, text))) ?? sql`false`;
  }
  if (call === "like") return sql`${column(field.name, table, text)}::text like ${literalText(value, text)}`;
  const operator = comparisons[call];
  if (!operator) throw invalid(text, `there is no function \`${call}\``);
  if (!("literal" in value)) throw invalid(text, `\`${call}\` takes a field and a value`);
  return compare(operator, field.name, value.literal, table, text);
}

function one(args: Argument[], text: string): Argument {
  if (args.length !== 1) throw invalid(text, "one argument was expected");
  return args[0]!;
}

function literalText(argument: Argument, text: string): string {
  if (!("literal" in argument) || argument.literal === null) throw invalid(text, "a text was expected");
  return String(argument.literal);
}

const pairs: Record<string, "metadata" | "feedback" | "input" | "output"> = {
  metadata_key: "metadata",
  metadata_value: "metadata",
  feedback_key: "feedback",
  feedback_score: "feedback",
  feedback_value: "feedback",
  input_key: "input",
  input_value: "input",
  output_key: "output",
  output_value: "output",
};

/** `and(eq(feedback_key, "k"), gt(feedback_score, 0.5))` speaks of one judgement, not of two. */
function conjunction(args: Argument[], table: SpanTable, text: string): SQL {
  const alone: SQL[] = [];
  const together = new Map<string, { operator: string; field: string; value: Literal }[]>();
  for (const each of args) {
    const simple = simpleComparison(each);
    const about = simple && pairs[simple.field];
    if (simple && about) together.set(about, [...(together.get(about) ?? []), simple]);
    else alone.push(condition(each, table, text));
  }
  return and(...alone, ...[...together].map(([about, parts]) => pair(about, parts, table, text))) ?? sql`true`;
}

function simpleComparison(argument: Argument): { operator: string; field: string; value: Literal } | undefined {
  if (!("call" in argument)) return undefined;
  const [field, value] = argument.args;
  const operator = comparisons[argument.call];
  if (!operator || !field || !("name" in field) || !value || !("literal" in value)) return undefined;
  return { operator, field: field.name, value: value.literal };
}

function pair(
  about: string,
  parts: { operator: string; field: string; value: Literal }[],
  table: SpanTable,
  text: string,
): SQL {
  if (about === "feedback") {
    const conditions = parts.map(({ operator, field, value }) => {
      const target =
        field === "feedback_key"
          ? feedback.key
          : field === "feedback_score"
            ? feedback.score
            : sql`${feedback.value} #>> '{}'`;
      return field === "feedback_score"
        ? sql`${target} ${sql.raw(operator)} ${numberOf(value, text)}::double precision`
        : sql`${target} ${sql.raw(operator)} ${String(value)}`;
    });
    return sql`exists (select 1 from ${feedback} where ${feedback.spanId} = ${table.spanId} and ${and(...conditions)})`;
  }
  const source = about === "metadata" ? table.metadata : about === "input" ? table.input : table.output;
  const conditions = parts.map(({ operator, field, value }) =>
    field.endsWith("_key")
      ? sql`x.key ${sql.raw(operator)} ${String(value)}`
      : sql`x.value ${sql.raw(operator)} ${String(value)}`,
  );
  return sql`exists (select 1 from jsonb_each_text(case when jsonb_typeof(${source}) = 'object' then ${source} else '{}' end) as x(key, value)
    where ${and(...conditions)})`;
}

function has(field: string, value: Argument, table: SpanTable, text: string): SQL {
  const wanted = literalText(value, text);
  if (field === "tags") return sql`coalesce(${table.tags}, '[]') @> ${JSON.stringify([wanted])}::jsonb`;
  if (field !== "metadata") throw invalid(text, "`has` is for tags and metadata");
  let object: unknown;
  try {
    object = JSON.parse(wanted);
  } catch {
    throw invalid(text, 'metadata is given as JSON, such as `has(metadata, \'{"k": "v"}\')`');
  }
  return sql`coalesce(${table.metadata}, '{}') @> ${JSON.stringify(object)}::jsonb`;
}

function search(words: string, table: SpanTable): SQL {
  const pattern = `%${words.replace(/[\\%_]/g, "\\$&")}%`;
  // Inside of JSON a quote or a line break is written as an escape.
  const inside = `%${JSON.stringify(words).slice(1, -1).replace(/[\\%_]/g, "\\$&")}%`;
  return sql`(${table.name} ilike ${pattern} or ${table.input}::text ilike ${inside} or ${table.output}::text ilike ${inside}
    or ${table.statusMessage} ilike ${pattern})`;
}

/** A condition on a column, with the value in the column's own unit. */
function compare(operator: string, field: string, value: Literal, table: SpanTable, text: string): SQL {
  if (pairs[field]) return pair(pairs[field], [{ operator, field, value }], table, text);
  const op = sql.raw(operator);
  switch (field) {
    case "is_root": {
      const isRoot = sql`${table.parentSpanId} is null`;
      return (value === true || value === "true") === (operator === "=") ? isRoot : not(isRoot);
    }
    case "error":
    case "status": {
      if (field === "error" && value === null)
        return operator === "=" ? sql`${table.status} <> 'error'` : sql`${table.status} = 'error'`;
      return sql`${column(field, table, text)} ${op} ${String(value)}`;
    }
    case "start_time":
    case "end_time":
      return sql`${column(field, table, text)} ${op} ${microsecondsOf(value, text)}`;
    case "latency":
      return sql`(${table.endUs} - ${table.startUs}) ${op} ${secondsOf(value, text) * 1e6}::double precision`;
    case "tags":
      return operator === "<>"
        ? not(has("tags", { literal: value }, table, text))
        : has("tags", { literal: value }, table, text);
    case "id":
    case "run_id":
    case "trace_id":
    case "parent_run_id": {
      const hex = String(value).replaceAll("-", "").toLowerCase();
      return sql`${column(field, table, text)} ${op} ${/^0{16}[0-9a-f]{16}$/.test(hex) && field !== "trace_id" ? hex.slice(16) : hex}`;
    }
    case "total_tokens":
    case "prompt_tokens":
    case "completion_tokens":
    case "total_cost":
      return sql`${column(field, table, text)} ${op} ${numberOf(value, text)}::double precision`;
    default: {
      const target = column(field, table, text);
      return value === null
        ? operator === "="
          ? sql`${target} is null`
          : sql`${target} is not null`
        : sql`${target} ${op} ${String(value)}`;
    }
  }
}

function column(field: string, table: SpanTable, text: string): SQL {
  const columns: Record<string, SQL> = {
    id: sql`${table.spanId}`,
    run_id: sql`${table.spanId}`,
    trace_id: sql`${table.traceId}`,
    parent_run_id: sql`${table.parentSpanId}`,
    name: sql`${table.name}`,
    run_type: sql`coalesce(${table.origin} ->> 'run_type', nullif(${table.kind}, ''), 'chain')`,
    status: sql`case when ${table.status} = 'error' then 'error' when ${table.endUs} is null then 'pending' else 'success' end`,
    error: sql`coalesce(${table.statusMessage}, '')`,
    start_time: sql`${table.startUs}`,
    end_time: sql`${table.endUs}`,
    total_tokens: sql`(coalesce(${table.inputTokens}, 0) + coalesce(${table.outputTokens}, 0))`,
    prompt_tokens: sql`coalesce(${table.inputTokens}, 0)`,
    completion_tokens: sql`coalesce(${table.outputTokens}, 0)`,
    total_cost: sql`coalesce(${table.costUsd}, 0)`,
    model: sql`${table.model}`,
    thread_id: sql`${table.sessionId}`,
    session_id: sql`${table.sessionId}`,
    user_id: sql`${table.userId}`,
    reference_example: sql`(${table.origin} ->> 'reference_example_id')`,
    reference_example_id: sql`(${table.origin} ->> 'reference_example_id')`,
    inputs: sql`${table.input}::text`,
    outputs: sql`${table.output}::text`,
  };
  const found = Object.hasOwn(columns, field) ? columns[field] : undefined;
  if (!found) throw invalid(text, `there is no field \`${field}\`; there are ${Object.keys(columns).join(", ")}`);
  return found;
}

function numberOf(value: Literal, text: string): number {
  const number = typeof value === "boolean" ? Number(value) : Number(value);
  if (value === null || value === "" || !Number.isFinite(number))
    throw invalid(text, `${JSON.stringify(value)} is no number`);
  return number;
}

function microsecondsOf(value: Literal, text: string): number {
  const ms = typeof value === "number" ? value : Date.parse(String(value).replace(/(\.\d{3})\d+/, "$1"));
  if (!Number.isFinite(ms)) throw invalid(text, `${JSON.stringify(value)} is no time`);
  return Math.round(ms * 1000);
}

/** `2`, `"2s"`, `"500ms"`, `"1m"`. */
function secondsOf(value: Literal, text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?\s*$/.exec(String(value));
  if (!match) throw invalid(text, `${JSON.stringify(value)} is no length of time, such as "2s"`);
  const factor = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600 }[match[2] ?? "s"]!;
  return Number(match[1]) * factor;
}
