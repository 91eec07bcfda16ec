import { createRoute, z } from "@hono/zod-openapi";
import { InputError, NotFoundError } from "@loam/core";
import {
  type AnnotationQueue,
  addToQueue,
  countQueue,
  createQueue,
  deleteQueue,
  findSpan,
  getQueue,
  listQueues,
  queueItems,
  settleQueueItem,
} from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const QueueSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    waiting: z.int(),
    done: z.int(),
    createdAt: z.iso.datetime(),
  })
  .openapi("AnnotationQueue");
const ItemSchema = z
  .object({
    span: z.string(),
    trace: z.string().nullable().openapi({ description: "Null when the span is gone" }),
    name: z.string().nullable(),
    input: z.unknown(),
    output: z.unknown(),
    addedAt: z.iso.datetime(),
    doneAt: z.iso.datetime().nullable(),
  })
  .openapi("AnnotationItem");
const id = { params: z.object({ id: z.string() }) };
const missing = { 404: json(ErrorSchema, "There is none") };

const list = createRoute({ method: "get", path: "/queues", responses: { 200: json(z.array(QueueSchema), "Queues") } });
const create = createRoute({
  method: "post",
  path: "/queues",
  request: body(
    z.strictObject({
      name: z.string().trim().min(1).max(200),
      description: z.string().trim().max(5000).nullable().default(null),
    }),
  ),
  responses: { 201: json(QueueSchema, "The queue") },
});
const remove = createRoute({
  method: "delete",
  path: "/queues/{id}",
  request: id,
  responses: { 200: json(z.object({ id: z.string() }), "Gone; what was judged stays"), ...missing },
});
const items = createRoute({
  method: "get",
  path: "/queues/{id}/items",
  request: {
    ...id,
    query: z.object({
      done: z.enum(["true", "false"]).default("false").openapi({ description: "Also those that are judged" }),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
  },
  responses: { 200: json(z.array(ItemSchema), "What waits, in order"), ...missing },
});
const add = createRoute({
  method: "post",
  path: "/queues/{id}/items",
  request: { ...id, ...body(z.strictObject({ spans: z.array(z.string().max(200)).min(1).max(1000) })) },
  responses: { 200: json(QueueSchema, "The queue; a span that is there already stays where it is"), ...missing },
});
const settle = createRoute({
  method: "patch",
  path: "/queues/{id}/items/{span}",
  request: {
    params: z.object({ id: z.string(), span: z.string() }),
    ...body(z.strictObject({ is: z.enum(["done", "again", "remove"]) })),
  },
  responses: { 200: json(QueueSchema, "The queue"), ...missing },
});

/** Spans that wait for people's judgement. LangSmith's clients see the same queues. */
export function queueRoutes({ store, flushTraces }: Services) {
  const show = async ({ id, name, description, createdAt }: AnnotationQueue) => ({
    ...{ id, name, description, ...(await countQueue(store, id)) },
    createdAt: createdAt.toISOString(),
  });
  return router()
    .openapi(list, async (c) => c.json(await Promise.all((await listQueues(store)).map(show)), 200))
    .openapi(create, async (c) => c.json(await show(await createQueue(store, c.req.valid("json"))), 201))
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await deleteQueue(store, id);
      return c.json({ id }, 200);
    })
    .openapi(items, async (c) => {
      const { id } = c.req.valid("param");
      const { done, limit } = c.req.valid("query");
      await getQueue(store, id);
      const found = await queueItems(store, id, { limit, done: done === "true" });
      const shown = await Promise.all(
        found.map(async ({ spanId, addedAt, doneAt }) => {
          const span = await findSpan(store, spanId);
          return {
            span: spanId,
            ...{ trace: span?.traceId ?? null, name: span?.name ?? null },
            ...{ input: span?.input ?? null, output: span?.output ?? null },
            ...{ addedAt: addedAt.toISOString(), doneAt: doneAt?.toISOString() ?? null },
          };
        }),
      );
      return c.json(shown, 200);
    })
    .openapi(add, async (c) => {
      await flushTraces();
      const queue = await getQueue(store, c.req.valid("param").id);
      const { spans } = c.req.valid("json");
      for (const span of spans)
        if (!(await findSpan(store, span)))
          throw new InputError("unknown_span", `There is no span ${JSON.stringify(span)}.`, {
            details: { name: "spans" },
            hint: "give ids of spans, as `GET /api/traces/{id}` lists them",
          });
      await addToQueue(store, queue.id, spans);
      return c.json(await show(queue), 200);
    })
    .openapi(settle, async (c) => {
      const { id, span } = c.req.valid("param");
      const queue = await getQueue(store, id);
      if (!(await settleQueueItem(store, id, span, c.req.valid("json").is)))
        throw new NotFoundError("span in the queue", span);
      return c.json(await show(queue), 200);
    });
}
