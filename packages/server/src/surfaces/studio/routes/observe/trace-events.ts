import { createRoute, z } from "@hono/zod-openapi";
import { followTraces } from "@loam/observe";
import { streamFollowed } from "../../../../http/follow-stream.ts";
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

export function traceEventRoutes({ store, watch, flushTraces }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(events);
  app.get("/trace-events", async (c) => {
    const project = c.req.query("project");
    await flushTraces();
    // A client that is cut off before the first trace knows where it began, too.
    const options = { closed: watch.closed, begin: ": listening\n\n" };
    return streamFollowed(c, options, async function* (from) {
      for await (const { position, trace } of followTraces(store, { project, ...from }))
        yield { id: Math.floor(position), data: toSummaryJson(trace) };
    });
  });
  return app;
}
