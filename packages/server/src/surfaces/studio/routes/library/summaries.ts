import { createRoute, z } from "@hono/zod-openapi";
import { parseInput } from "@loam/core";
import { summarizeOperation } from "@loam/library";
import { streamSSE } from "hono/streaming";
import { toErrorBody } from "../../../../http/errors.ts";
import { jsonBody } from "../../../../http/operation-routes.ts";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import { StoredSummarySchema, type SummaryEventJson, SummaryEventSchema } from "../../schemas/summary.ts";

const list = createRoute({
  method: "get",
  path: "/summaries",
  request: { query: z.object({ document: z.string().optional() }) },
  responses: { 200: json(z.array(StoredSummarySchema), "Summaries made so far, newest first") },
});
const remove = createRoute({
  method: "delete",
  path: "/summaries/{id}",
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: json(z.object({ id: z.string(), deleted: z.literal(true) }), "It is gone"),
    404: json(ErrorSchema, "No such summary"),
  },
});
const SummaryRequest = summarizeOperation.input.omit({ document: true, reference: true }).openapi("SummaryRequest");
const make = createRoute({
  method: "post",
  path: "/documents/{id}/summaries",
  description:
    "Summarises a document, scores the summary against the document's own abstract where it has one, and keeps both. " +
    "It is work, made whoever listens: the first event has its id, by which `/api/work/{id}/cancel` ends it.",
  request: {
    params: z.object({ id: z.string() }),
    ...body(SummaryRequest),
  },
  responses: {
    200: {
      content: { "text/event-stream": { schema: SummaryEventSchema } },
      description: "Text and sentences with citations as they come, then the whole summary with its scores",
    },
    400: json(ErrorSchema, "A field that does not fit"),
    404: json(ErrorSchema, "No such document"),
  },
});

export function summaryRoutes({ summaryService, library }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(make);
  app.post("/documents/:id/summaries", async (c) => {
    const { id } = await library.document(c.req.param("id")); // 404 rather than a stream
    const work = await summaryService.start(id, parseInput(SummaryRequest, await jsonBody(c)));
    const stopped = new AbortController();
    const made = summaryService.follow(work, AbortSignal.any([c.req.raw.signal, stopped.signal]));
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => stopped.abort());
      for await (const event of withFailure(made)) {
        if (stream.aborted) return;
        await stream.writeSSE({ event: event.type, data: JSON.stringify(event) });
      }
    });
  });
  return app
    .openapi(list, async (c) => c.json(await summaryService.list(c.req.valid("query").document), 200))
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await summaryService.remove(id);
      return c.json({ id, deleted: true as const }, 200);
    });
}

/** A failure becomes the last event, since the status line has been sent. */
async function* withFailure(made: AsyncGenerator<SummaryEventJson>): AsyncGenerator<SummaryEventJson> {
  try {
    yield* made;
  } catch (error) {
    const { message, code } = toErrorBody(error).body.error;
    yield { type: "error", error: { message, code } };
  }
}
