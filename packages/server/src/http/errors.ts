import { InputError, LoamError, loggable, UnavailableError } from "@loam/core";
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
  if (status >= 500 && !(asLoamError(error) instanceof LoamError)) console.error(loggable(error));
  if (status === 503) c.header("Retry-After", "5");
  return c.json(body, status as ContentfulStatusCode);
}

/** SQLSTATE of values that the database cannot hold, by what is wrong with them. */
const badValues: Record<string, string> = {
  "22021": "a character that cannot be stored (NUL)",
  "22P05": "a character that cannot be stored (NUL or a lone surrogate)",
  "22003": "a number that is too large",
  "22P02": "a value of the wrong kind",
  "22008": "a date that does not exist",
  "22007": "a date that cannot be read",
};

/**
 * The error as the one who asked should hear it: a value that the database refused is their input, and a database that
 * is away is nobody's bug.
 */
export function asLoamError(error: unknown): unknown {
  if (error instanceof LoamError) return error;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UnavailableError) return cause;
    const { code = "" } = cause as NodeJS.ErrnoException;
    const problem = badValues[code];
    if (problem)
      return new InputError("bad_value", `The request holds ${problem}.`, { hint: "leave it out", cause: error });
    if (/^(53100|ENOSPC|EDQUOT|EFBIG)$/.test(code))
      return new UnavailableError("disk", "is full, and nothing of this was kept.", {
        hint: "free some space, then send it again; `loam doctor` says what lies where",
        cause: error,
      });
    if (/^(08...|57P0[123]|53300|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code))
      return new UnavailableError("database", "does not answer at the moment.", {
        hint: "try again in a few seconds; `loam doctor` says what is wrong",
        cause: error,
      });
  }
  return error;
}

/** An error as OpenAI's body with the status that goes with it. */
export function toErrorBody(thrown: unknown): { body: ErrorBody; status: number } {
  const error = asLoamError(thrown);
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
