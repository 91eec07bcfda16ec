import { IdempotentAnswers, KeyReusedError } from "@loam/platform";
import type { Database } from "@loam/store";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { projectOf, setProject } from "./project.ts";
import { type Digested, digestOf } from "./request-digest.ts";

/** Longer answers are given, but not kept. */
const mostCharacters = 16 * 1024 ** 2;

/**
 * `Idempotency-Key` on a request that makes something: the same key gives the same answer, streams event by event, uploads
 * without being kept twice.
 */
export function idempotency(db: Database) {
  const answers = new IdempotentAnswers(db);
  return createMiddleware(async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (!key || c.req.method !== "POST") return await next();
    const project = projectOf(c);
    const found = await answers.open({ project, key });
    const request = digestOf(c.req.raw, c.req.path);
    if (!found.isNew) {
      if ((await request.drained()) !== found.asked) throw new KeyReusedError(key);
      const { status, contentType, text } = found.answer;
      c.res = new Response(text, { status, headers: { "content-type": contentType } });
      return;
    }
    try {
      replaceRequest(c, request);
      await next();
    } catch (error) {
      await found.drop();
      throw error;
    }
    const { status, headers, body } = c.res;
    const contentType = headers.get("content-type") ?? "application/json";
    const keep = async (text: string) => await found.keep(await request.drained(), { status, contentType, text });
    if (!body || !contentType.startsWith("text/event-stream")) return await keep(await c.res.clone().text());
    c.res = new Response(body.pipeThrough(recorder({ keep, drop: found.drop })), { status, headers });
  });
}

/** The request with a body that is digested while it is read. */
function replaceRequest(c: Context, { request }: Digested): void {
  if (request === c.req.raw) return;
  setProject(request, projectOf(c));
  c.req.raw = request;
}

/** Hands a stream on, and keeps what it was once it has ended by itself. */
function recorder({ keep, drop }: { keep: (text: string) => Promise<void>; drop: () => Promise<void> }) {
  const decoder = new TextDecoder();
  let text: string | undefined = "";
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      if (text !== undefined) text += decoder.decode(chunk, { stream: true });
      if (text !== undefined && text.length > mostCharacters) text = undefined;
    },
    flush: async () => await (text === undefined ? drop() : keep(text)),
    // The client went away: when it comes again, it is answered anew.
    cancel: async () => await drop(),
  } as Transformer<Uint8Array, Uint8Array>);
}
