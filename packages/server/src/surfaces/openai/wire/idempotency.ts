import { IdempotentAnswers } from "@loam/platform";
import type { Database } from "@loam/store";
import { createMiddleware } from "hono/factory";
import { projectOf } from "./project.ts";

/** `Idempotency-Key` on a request that makes something: the same key gives the same object. Streams are not kept. */
export function idempotency(db: Database) {
  const answers = new IdempotentAnswers(db);
  return createMiddleware(async (c, next) => {
    const key = c.req.header("idempotency-key");
    const isJson = c.req.header("content-type")?.startsWith("application/json");
    if (!key || c.req.method !== "POST" || !isJson) return await next();
    const text = await c.req.raw.clone().text();
    if (/"stream"\s*:\s*true/.test(text)) return await next();
    const request = `${c.req.path}\0${text}`;
    const kept = await answers.once({ project: projectOf(c), key, request }, async () => {
      await next();
      const { status, headers } = c.res;
      return {
        status,
        contentType: headers.get("content-type") ?? "application/json",
        text: await c.res.clone().text(),
      };
    });
    c.res = new Response(kept.text, { status: kept.status, headers: { "content-type": kept.contentType } });
  });
}
