import { InputError } from "@loam/core";
import type { Context } from "hono";
import { readJson } from "../../http/read-bytes.ts";
import type { Json } from "./read-run.ts";

/** What `/info` tells clients that they may send at once. */
export const sizeLimitBytes = 24 * 1024 ** 2;
export const maxBytes = 2 * sizeLimitBytes;

/** The body as a JSON object. @throws {InputError} */
export async function readObject(c: Context): Promise<Json> {
  const body = await readJson(c.req.raw, { maxBytes });
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Json;
  throw new InputError("invalid_body", "The body is no JSON object.", { hint: "send one, in `{}`" });
}

/** A number of the query, within its bounds. @throws {InputError} */
export function numberQuery(c: Context, name: string, otherwise: number, most: number): number {
  const text = c.req.query(name);
  if (text === undefined || text === "" || text === "None" || text === "null") return otherwise;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return Math.min(number, most);
  throw new InputError("invalid_query", `\`${name}\` is ${JSON.stringify(text)}; expected a whole number.`, {
    details: { name },
  });
}

/** A text of an object, or undefined. @throws {InputError} when it is something else. */
export function textField(body: Json, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new InputError("invalid_field", `\`${name}\` is ${JSON.stringify(value).slice(0, 80)}; expected a text.`, {
    details: { name },
  });
}

/** @throws {InputError} `missing_field`. */
export function requiredText(body: Json, name: string): string {
  const value = textField(body, name);
  if (value) return value;
  throw new InputError("missing_field", `\`${name}\` is missing.`, {
    details: { name },
    hint: "send it with the request",
  });
}

/** An object of an object, or undefined. @throws {InputError} when it is something else. */
export function objectField(body: Json, name: string): Json | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "object" && !Array.isArray(value)) return value as Json;
  throw new InputError("invalid_field", `\`${name}\` is ${JSON.stringify(value).slice(0, 80)}; expected an object.`, {
    details: { name },
  });
}
