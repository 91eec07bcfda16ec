import { createRoute, z } from "@hono/zod-openapi";
import {
  cancelWork,
  deleteWork,
  followAllWork,
  followWork,
  getWork,
  isSettled,
  listWork,
  pauseWork,
  resumeWork,
  retryFailed,
  type WorkRecord,
} from "@loam/work";
import { streamSSE } from "hono/streaming";
import { streamFollowed } from "../../../http/follow-stream.ts";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { ErrorSchema, json } from "../schemas/error.ts";
import { type WorkJson, WorkSchema, WorkStatusSchema } from "../schemas/work.ts";

const params = z.object({ id: z.string().min(1).max(100) });
const one = { 200: json(WorkSchema, "The work as it stands now"), 404: json(ErrorSchema, "No such work") };
const wrongStatus = { 400: json(ErrorSchema, "Its status does not allow that") };

const list = createRoute({
  method: "get",
  path: "/work",
  description: "Everything long that is done or was done here, newest first.",
  request: {
    query: z.object({
      kind: z.string().max(100).optional(),
      status: WorkStatusSchema.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
      after: z.string().max(100).optional(),
    }),
  },
  responses: { 200: json(z.array(WorkSchema), "Pieces of work") },
});
const show = createRoute({ method: "get", path: "/work/{id}", request: { params }, responses: one });
const change = (verb: "cancel" | "pause" | "resume") =>
  createRoute({
    method: "post",
    path: `/work/{id}/${verb}` as const,
    request: { params },
    responses: { ...one, ...wrongStatus },
  });
const retry = createRoute({
  method: "post",
  path: "/work/retry",
  description: "Puts everything that has failed for good back in the queue, each at its last checkpoint.",
  request: { query: z.object({ kind: z.string().max(100).optional() }) },
  responses: {
    200: json(
      z.object({
        retried: z.array(WorkSchema),
        left: z.array(WorkSchema).openapi({ description: "Open work on the same thing stands in for these" }),
      }),
      "What was put back",
    ),
  },
});
const remove = createRoute({
  method: "delete",
  path: "/work/{id}",
  request: { params },
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), "Gone"), ...wrongStatus },
});

const allEvents = createRoute({
  method: "get",
  path: "/work-events",
  description:
    "What is open and the newest of what is settled, then each piece of work again whenever it changes. `Last-Event-ID` " +
    "goes on after a break.",
  responses: { 200: { content: { "text/event-stream": { schema: WorkSchema } }, description: "Pieces of work" } },
});

/** All long work, of every kind: what the tray shows. */
export function workRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => {
      const { kind, status, ...page } = c.req.valid("query");
      const found = await listWork(store, { ...page, kinds: kind ? [kind] : undefined, statuses: status && [status] });
      return c.json(found.map(toWorkJson), 200);
    })
    .openapi(retry, async (c) => {
      const { kind } = c.req.valid("query");
      const { retried, left } = await retryFailed(store, { kinds: kind === undefined ? undefined : [kind] });
      return c.json({ retried: retried.map(toWorkJson), left: left.map(toWorkJson) }, 200);
    })
    .openapi(show, async (c) => c.json(toWorkJson(await getWork(store, c.req.valid("param").id)), 200))
    .openapi(change("cancel"), async (c) => c.json(toWorkJson(await cancelWork(store, c.req.valid("param").id)), 200))
    .openapi(change("pause"), async (c) => c.json(toWorkJson(await pauseWork(store, c.req.valid("param").id)), 200))
    .openapi(change("resume"), async (c) => c.json(toWorkJson(await resumeWork(store, c.req.valid("param").id)), 200))
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await deleteWork(store, id);
      return c.json({ id, deleted: true as const }, 200);
    });
}

/**
 * The log of a piece of work as it grows, each event under its sequence number: a client that comes back with
 * `Last-Event-ID` misses nothing. Ends when the work is settled.
 */
export function workEventRoutes({ store, watch }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(allEvents);
  app.get("/work-events", (c) =>
    streamFollowed(c, { closed: watch.closed }, async function* (from) {
      for await (const { position, work } of followAllWork(store, from)) yield { id: position, data: toWorkJson(work) };
    }),
  );
  app.get("/work/:id/events", async (c) => {
    const { id } = await getWork(store, c.req.param("id"));
    const after = Number.parseInt(c.req.header("last-event-id") ?? c.req.query("after") ?? "0", 10) || 0;
    return streamSSE(c, async (stream) => {
      const stopped = new AbortController();
      stream.onAbort(() => stopped.abort());
      const until = ({ status }: WorkRecord) => isSettled(status);
      for await (const event of followWork(store, id, { after, signal: stopped.signal, until }))
        await stream.writeSSE({
          event: event.type,
          data: JSON.stringify(event.data),
          ...("seq" in event && { id: String(event.seq) }),
        });
    });
  });
  return app;
}

function toWorkJson({
  createdAt,
  notBefore,
  startedAt,
  finishedAt,
  input: _input,
  checkpoint: _,
  ...rest
}: WorkRecord): WorkJson {
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    notBefore: notBefore?.toISOString() ?? null,
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
