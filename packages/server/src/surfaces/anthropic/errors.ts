import { LoamError, loggable } from "@loam/core";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { newRequestId, toOpenAiError } from "../openai/wire/errors.ts";

const types: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
};

/** An error as Anthropic words it. */
export function toAnthropicError(error: unknown): { status: number; type: string; message: string } {
  const { status, message, param } = toOpenAiError(error);
  const type = types[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
  return { status, type, message: param && !message.includes(param) ? `${param}: ${message}` : message };
}

export function respondToAnthropicError(error: Error, c: Context): Response {
  const { status, type, message } = toAnthropicError(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  const id = newRequestId();
  c.header("request-id", id);
  return c.json({ type: "error", error: { type, message }, request_id: id }, status as ContentfulStatusCode);
}
