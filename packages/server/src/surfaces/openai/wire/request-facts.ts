import { createMiddleware } from "hono/factory";
import { newRequestId } from "./errors.ts";

/** What every answer of OpenAI's carries: an id to quote, how long it took until the first byte, the version of the API. */
export const requestFacts = createMiddleware(async (c, next) => {
  const startMs = performance.now();
  const id = c.req.header("x-client-request-id");
  await next();
  const headers = {
    "x-request-id": newRequestId(),
    "openai-processing-ms": String(Math.max(1, Math.round(performance.now() - startMs))),
    "openai-version": "2020-10-01",
    ...(id ? { "x-client-request-id": id } : {}),
  };
  for (const [name, value] of Object.entries(headers)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
});
