import { createRoute, z } from "@hono/zod-openapi";
import { followTraces } from "@loam/observe";
import { streamSSE } from "hono/streaming";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { TraceSummarySchema } from "../../schemas/trace.ts";
import { toSummaryJson } from "./traces.ts";

const events = createRoute({
  method: "get",
  path: "/trace-events",
  description:
    "Traces as they come and grow. Each event has a position as its id: `Last-Event-ID`, or `after`, goes on from it after a break. A " +
    "trace that changed within three seconds before the break may come again.",
  request: {
    query: z.object({ project: z.string().max(500).optional(), after: z.coerce.number().int().min(0).optional() }),
  },
  responses: {
    200: { content: { "text/event-stream": { schema: TraceSummarySchema } }, description: "Summaries of traces" },
  },
});

const heartbeatMs = 15_000;

export function traceEventRoutes({ store, watch, flushTraces }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(events);
  app.get("/trace-events", async (c) => {
    const project = c.req.query("project");
    const given = Number.parseInt(c.req.header("last-event-id") ?? c.req.query("after") ?? "", 10);
    const after = Number.isSafeInteger(given) && given >= 0 ? given : undefined;
    await flushTraces();
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (stream) => {
      const stopped = new AbortController();
      stream.onAbort(() => stopped.abort());
      void watch.closed.then(() => stopped.abort());
      const heartbeat = setInterval(() => void stream.write(": still here\n\n"), heartbeatMs);
      try {
        // A client that is cut off before the first trace knows where it began, too.
        await stream.write(": listening\n\n");
        for await (const { position, trace } of followTraces(store, { project, after, signal: stopped.signal }))
          await stream.writeSSE({ id: String(Math.floor(position)), data: JSON.stringify(toSummaryJson(trace)) });
      } finally {
        clearInterval(heartbeat);
      }
    });
  });
  return app;
}
