import { InputError } from "@loam/core";
import type { Context } from "hono";
import { readJson } from "../../http/read-bytes.ts";

export type Json = Record<string, unknown>;

/** The largest body of a call; files have a limit of their own. */
export const maxBytes = 64 * 1024 ** 2;

/**
 * What a call asks: the body, or the query of a GET. Some clients send a body with DELETE and PATCH, some a query.
 *
 * @throws {InputError}
 */
export async function readRequest(c: Context): Promise<Json> {
  const query: Json = {};
  for (const [name, values] of Object.entries(c.req.queries())) query[name] = values.length > 1 ? values : values[0];
  if (c.req.method === "GET") return query;
  const length = c.req.header("content-length");
  if (length === "0" || (length === undefined && !c.req.raw.body)) return query;
  const body = await readJson(c.req.raw, { maxBytes });
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalidParameter("body", body, "a JSON object");
  return { ...query, ...(body as Json) };
}

/** MLflow's INVALID_PARAMETER_VALUE. */
export function invalidParameter(name: string, value: unknown, expected: string): InputError {
  return new InputError(
    "invalid_parameter_value",
    `Invalid value ${JSON.stringify(value)?.slice(0, 200)} for parameter '${name}' supplied: expected ${expected}.`,
    { details: { name } },
  );
}

export function text(body: Json, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw invalidParameter(name, value, "a text");
}

/** @throws {InputError} `invalid_parameter_value`. */
export function required(body: Json, name: string): string {
  const value = text(body, name);
  if (value !== undefined && value !== "") return value;
  throw new InputError("invalid_parameter_value", `Missing value for required parameter '${name}'.`, {
    details: { name },
    hint: "see the API docs for more information about request parameters",
  });
}

/** A 64-bit integer, which may arrive as a number or as text; exact up to 2^53. */
export function integer(body: Json, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null || value === "") return undefined;
  const number = typeof value === "string" && /^[+-]?\d{1,19}$/.test(value.trim()) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && Math.abs(number) <= 2 ** 63 - 1024) return number;
  throw invalidParameter(name, value, "a whole number");
}

/** A double; NaN and the infinities arrive as words. */
export function double(body: Json, name: string): number {
  const value = body[name];
  if (typeof value === "number") return value;
  if (typeof value === "string") {
    const word = value.trim().toLowerCase();
    if (word === "nan") return Number.NaN;
    if (/^\+?inf(inity)?$/.test(word)) return Number.POSITIVE_INFINITY;
    if (/^-inf(inity)?$/.test(word)) return Number.NEGATIVE_INFINITY;
    if (word !== "" && Number.isFinite(Number(word))) return Number(word);
  }
  throw invalidParameter(name, value, "a number, or one of the words NaN, Infinity and -Infinity");
}

/** A double as JSON holds it. */
export function showDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

export function objects(body: Json, name: string): Json[] {
  const value = body[name];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null)) return value as Json[];
  throw invalidParameter(name, value, "a list of objects");
}

export function texts(body: Json, name: string): string[] {
  const value = body[name];
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item === "string" || typeof item === "number") return String(item);
    throw invalidParameter(name, value, "a list of texts");
  });
}

export function object(body: Json, name: string): Json | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "object" && !Array.isArray(value)) return value as Json;
  throw invalidParameter(name, value, "an object");
}

/** `[{ key, value }]` as a map. @throws {InputError} */
export function pairs(body: Json, name: string): Record<string, string> {
  return Object.fromEntries(objects(body, name).map((pair) => [required(pair, "key"), text(pair, "value") ?? ""]));
}

export function showPairs(map: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(map).map(([key, value]) => ({ key, value: String(value) }));
}

/** A page: its size, and where it begins. The token is the offset, written so that nobody counts on it. */
export function page(body: Json, { otherwise, most }: { otherwise: number; most: number }) {
  const limit = integer(body, "max_results") ?? otherwise;
  if (limit < 1 || limit > most) throw invalidParameter("max_results", limit, `a whole number from 1 to ${most}`);
  const token = text(body, "page_token");
  let offset = 0;
  if (token) {
    offset = Number(/^offset:(\d{1,12})$/.exec(Buffer.from(token, "base64url").toString())?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(offset)) throw invalidParameter("page_token", token, "the token of an earlier answer");
  }
  return {
    limit,
    offset,
    /** For rows read with one more than the page has. */
    next: (found: number) =>
      found > limit ? Buffer.from(`offset:${offset + limit}`).toString("base64url") : undefined,
  };
}

/** Without what is not known. */
export function given(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}
