import type { AppType } from "@loam/server";
import { hc, parseResponse } from "hono/client";

/** The server's routes, with their types. */
export const api = hc<AppType>("/api");

/** What the server said when it refused, or that it said nothing. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string | null;

  constructor(message: string, { status, code }: { status: number; code: string | null }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** The body of a good response. @throws {ApiError} */
export const read: typeof parseResponse = async (response) => {
  try {
    return await parseResponse(response);
  } catch (error) {
    throw toApiError(error);
  }
};

/** Any failure of a request as an ApiError; `status` 0 when there was no answer at all. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { statusCode, detail } = error as { statusCode?: number; detail?: { data?: unknown } };
  if (statusCode === undefined) return new ApiError(String((error as Error).message), { status: 0, code: null });
  return fromBody(statusCode, detail?.data);
}

/** @throws {ApiError} when the response is not good. */
export async function assertOk(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw fromBody(response.status, await response.json().catch(() => undefined));
}

/** Sends a file as a form; the body of the answer. @throws {ApiError} */
export async function postFile<Body>(path: string, file: File): Promise<Body> {
  const form = new FormData();
  form.append("file", file, file.name);
  const response = await assertOk(await fetch(path, { method: "POST", body: form }));
  return (await response.json()) as Body;
}

function fromBody(status: number, body: unknown): ApiError {
  const error = (body as { error?: { message?: string; code?: string | null } } | undefined)?.error;
  return new ApiError(error?.message ?? `HTTP ${status}`, { status, code: error?.code ?? null });
}
