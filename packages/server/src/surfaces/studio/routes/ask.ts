import { createRoute, z } from "@hono/zod-openapi";
import type { AnswerStream } from "@loam/rag";
import { streamSSE } from "hono/streaming";
import { toErrorBody } from "../../../errors.ts";
import { router } from "../../../router.ts";
import type { Services } from "../../../services.ts";
import { type AnswerEventJson, AnswerEventSchema } from "../schemas/answer.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const ask = createRoute({
  method: "post",
  path: "/ask",
  description: "Answers from the documents. The work stops when the connection closes.",
  request: body(
    z
      .object({
        question: z.string().trim().min(1).max(4000),
        documents: z.array(z.string()).max(1000).optional(),
        k: z.int().min(1).max(50).optional(),
        conversation: z.string().optional(),
      })
      .openapi("AskRequest"),
  ),
  responses: {
    200: {
      content: { "text/event-stream": { schema: AnswerEventSchema } },
      description: "Evidence, then text and sentences with citations as they come, then the whole answer",
    },
    400: json(ErrorSchema, "The question cannot be used"),
  },
});

export function askRoutes({ library }: Services) {
  return router().openapi(ask, (c) => {
    const { question, ...options } = c.req.valid("json");
    const stopped = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, stopped.signal]);
    const answer = library.ask(question, { ...options, signal });
    answer.result.catch(() => {}); // reported below, by the events
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => stopped.abort());
      for await (const event of events(answer)) {
        if (stream.aborted) return;
        await stream.writeSSE({ event: event.type, data: JSON.stringify(event) });
      }
    }) as never;
  });
}

/** The answer's events; a failure becomes the last of them, since the status line has been sent. */
async function* events(answer: AnswerStream): AsyncGenerator<AnswerEventJson> {
  try {
    yield* answer;
  } catch (error) {
    const { message, code } = toErrorBody(error).body.error;
    yield { type: "error", error: { message, code } };
  }
}
