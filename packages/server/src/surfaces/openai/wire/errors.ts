import { randomBytes } from "node:crypto";
import { LoamError, loggable } from "@loam/core";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { toWireName } from "./wire-name.ts";

/** OpenAI's error body, which its clients turn into exceptions. */
export interface OpenAiError {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** The one place where an error becomes one of OpenAI's answers. What was not thrown on purpose is logged, not shown. */
export function respondToOpenAiError(error: Error, c: Context): Response {
  const { status, ...body } = toOpenAiError(error, c.req.path);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  // Clients try again after 5xx: what this machine does not have now it will not have in a second.
  if (status === 501) c.header("x-should-retry", "false");
  const retryAfter = error instanceof LoamError ? error.details.retryAfterSeconds : undefined;
  if (typeof retryAfter === "number") c.header("retry-after", String(Math.ceil(retryAfter)));
  if (!c.res.headers.has("x-request-id")) c.header("x-request-id", newRequestId());
  return c.json({ error: body }, status as ContentfulStatusCode);
}

export const newRequestId = (): string => `req_${randomBytes(16).toString("hex")}`;

/** An error as OpenAI words it, with the status that goes with it. */
export function toOpenAiError(error: unknown, path = ""): OpenAiError & { status: number } {
  if (error instanceof LoamError) {
    const status = error.code === "cancelled" ? 499 : error.status;
    return { status, message: error.message, type: typeOf(status), param: paramOf(error, path), code: codeOf(error) };
  }
  const status = error instanceof HTTPException ? error.status : 500;
  const message =
    error instanceof HTTPException && error.message
      ? error.message
      : "The server had an error while processing your request. Its log has the details; if it goes on, please report it.";
  return { status, message, type: typeOf(status), param: null, code: status >= 500 ? "server_error" : null };
}

/** A field that an error names is the parameter, written as requests write it. */
function paramOf({ code, details, status }: LoamError, path: string): string | null {
  const names = status < 500 && code !== "not_found" && typeof details.name === "string";
  return names ? toWireName(details.name as string, path) : null;
}

/** Loam's codes where OpenAI has another word for the same. */
const codes: Record<string, string | null> = {
  invalid_argument: "invalid_value",
  invalid_request: "invalid_value",
  unauthorized: "invalid_api_key",
  not_found: null,
  unavailable: "server_error",
  unsupported: "unsupported_value",
};

function codeOf({ code, details }: LoamError): string | null {
  if (typeof details.openaiCode === "string") return details.openaiCode;
  return code in codes ? codes[code]! : code;
}

function typeOf(status: number): string {
  if (status === 429) return "rate_limit_exceeded";
  return status >= 500 && status !== 501 ? "server_error" : "invalid_request_error";
}
