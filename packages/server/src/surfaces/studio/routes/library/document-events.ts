import { createRoute, z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { DocumentSchema } from "../../schemas/document.ts";
import { toDocumentJson } from "./documents.ts";

const DocumentEventSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("changed"), document: DocumentSchema }),
    z.object({ type: z.literal("removed"), id: z.string() }),
  ])
  .openapi("DocumentEvent");

export type DocumentEventJson = z.infer<typeof DocumentEventSchema>;

const events = createRoute({
  method: "get",
  path: "/document-events",
  description: "Every document now, then each change as it happens (page by page while one is read).",
  responses: { 200: { content: { "text/event-stream": { schema: DocumentEventSchema } }, description: "Events" } },
});

const heartbeatMs = 15_000;

export function documentEventRoutes({ watch }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(events);
  app.get("/document-events", (c) => {
    c.header("X-Accel-Buffering", "no");
    return streamSSE(c, async (stream) => {
      const gone = new Promise<void>((resolve) => stream.onAbort(resolve));
      const unsubscribe = watch.subscribe((change) => {
        const event: DocumentEventJson =
          change.type === "removed" ? change : { type: "changed", document: toDocumentJson(change.document) };
        void stream.writeSSE({ data: JSON.stringify(event) });
      });
      const heartbeat = setInterval(() => void stream.write(": still here\n\n"), heartbeatMs);
      await Promise.race([gone, watch.closed]);
      clearInterval(heartbeat);
      unsubscribe();
    });
  });
  return app;
}
