import { LoamError } from "@loam/core";

/** What one reading may cost. */
export interface ReadLimits {
  timeoutMs: number;
  maxRows: number;
  maxBytes: number;
}

/** The answer to a statement that only reads; values as JSON has them, exact where JSON can be. */
export interface ReadResult {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  /** There was more than the limits let through. */
  truncated: boolean;
}

/** A reading took more than its time. */
export class ReadTimeoutError extends LoamError {
  constructor(timeoutMs: number) {
    super("query_timeout", `The query took more than ${timeoutMs / 1000} s, and was stopped.`, {
      details: { timeoutMs },
      hint: "look at less: narrow it by time or project, or ask for fewer columns",
      status: 422,
      exitCode: 3,
    });
  }
}

/** A value as the database writes it, by its type. */
function readValue(type: number, text: string | null): unknown {
  if (text === null) return null;
  switch (type) {
    case 16:
      return text === "t" || text === "true";
    case 20: // bigint
    case 21:
    case 23:
    case 1700: {
      // numeric
      const number = Number(text);
      return Number.isFinite(number) && (type === 1700 || Number.isSafeInteger(number)) ? number : text;
    }
    case 700:
    case 701: {
      const number = Number(text);
      return Number.isFinite(number) ? number : text;
    }
    case 114:
    case 3802:
      return JSON.parse(text) as unknown;
    case 1184: {
      const date = new Date(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
      return Number.isNaN(date.getTime()) ? text : date.toISOString();
    }
    default:
      return text;
  }
}

const names: Record<number, string> = {
  16: "boolean",
  20: "bigint",
  21: "integer",
  23: "integer",
  25: "text",
  114: "json",
  700: "double",
  701: "double",
  1043: "text",
  1082: "date",
  1114: "timestamp",
  1184: "timestamptz",
  1186: "interval",
  1700: "numeric",
  3802: "json",
};

export function typeName(type: number): string {
  return names[type] ?? "text";
}

/**
 * Rows up to the limits, told by what they take as text. A query that gives a value larger than any limit is for its
 * caller to prevent.
 */
export class RowCollector {
  readonly rows: unknown[][] = [];
  truncated = false;
  readonly #limits: ReadLimits;
  #bytes = 0;

  constructor(limits: ReadLimits) {
    this.#limits = limits;
  }

  /** @returns whether more is wanted. */
  add(types: readonly number[], row: readonly (string | null)[]): boolean {
    if (this.rows.length >= this.#limits.maxRows || this.#bytes >= this.#limits.maxBytes) {
      this.truncated = true;
      return false;
    }
    for (const text of row) this.#bytes += (text?.length ?? 0) + 8;
    this.rows.push(row.map((text, i) => readValue(types[i]!, text)));
    return true;
  }
}
