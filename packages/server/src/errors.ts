import { LoamError } from "@loam/core";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** OpenAI's error body, which its clients turn into exceptions. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null; hint?: string };
}

/** Wrong or missing token. */
export class AuthenticationError extends LoamError {
  constructor(message: string, hint: string) {
    super("unauthorized", message, { hint, status: 401, exitCode: 2 });
  }
}

/** A request that is refused for where it comes from. */
export class ForbiddenError extends LoamError {
  constructor(code: string, message: string, hint: string) {
    super(code, message, { hint, status: 403, exitCode: 2 });
  }
}

/** A body or a file over its limit. */
export class TooLargeError extends LoamError {
  constructor(what: string, limit: string, hint: string) {
    super("too_large", `${what} is larger than ${limit}.`, {
      details: { what, limit },
      hint,
      status: 413,
      exitCode: 3,
    });
  }
}

/** The one place where an error becomes a response. What was not thrown on purpose is logged, not shown. */
export function respondToError(error: Error, c: Context): Response {
  const { body, status } = toErrorBody(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(error);
  return c.json(body, status as ContentfulStatusCode);
}

/** An error as OpenAI's body with the status that goes with it. */
export function toErrorBody(error: unknown): { body: ErrorBody; status: number } {
  if (error instanceof LoamError) {
    // Only then does `details.name` name a parameter.
    const isParameter = error.code === "invalid_argument" || error.code === "invalid_request";
    const param = isParameter && typeof error.details.name === "string" ? error.details.name : null;
    return {
      status: error.status,
      body: {
        error: {
          message: error.message,
          type: errorType(error.status),
          param,
          code: error.code,
          ...(error.hint ? { hint: error.hint } : {}),
        },
      },
    };
  }
  const status = error instanceof HTTPException ? error.status : 500;
  const message =
    error instanceof HTTPException && error.message
      ? error.message
      : "The server met an error of its own. Its log has the details; if it goes on, please report it.";
  return { status, body: { error: { message, type: errorType(status), param: null, code: codeOf(status) } } };
}

function errorType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

function codeOf(status: number): string | null {
  return status === 500 ? "internal_error" : status === 404 ? "not_found" : null;
}
