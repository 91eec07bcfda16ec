import { InputError, NotFoundError } from "@loam/core";
import {
  type AnnotationQueue,
  addToQueue,
  createQueue,
  deleteQueue,
  findSpan,
  getQueue,
  listQueues,
  queueItems,
  settleQueueItem,
  updateQueue,
} from "@loam/observe";
import type { Store } from "@loam/store";
import type { Context, Hono } from "hono";
import { parseJson, readBytes } from "../../http/read-bytes.ts";
import { maxBytes, numberQuery, readObject, requiredText, textField } from "./http.ts";
import { spanIdOf, tenantId, uuidOf } from "./ids.ts";
import type { Json } from "./read-run.ts";
import { showRuns } from "./show-run.ts";

/** Queues of runs that wait for a person's judgement. */
export function queueRoutes(app: Hono, store: Store, prefix: string): void {
  const idOf = (c: Context) => uuidOf(c.req.param("id"), "id");
  app.post("/annotation-queues", async (c) => {
    const { id, name, description, ...extra } = await readObject(c);
    const made = await createQueue(store, {
      ...(id ? { id: uuidOf(id, "id") } : {}),
      name: requiredText({ name }, "name"),
      description: textField({ description }, "description") ?? null,
      extra,
    });
    return c.json(showQueue(made));
  });
  app.get("/annotation-queues", async (c) => {
    const found = await listQueues(store, {
      ids: c.req.queries("ids")?.map((id) => uuidOf(id, "ids")),
      name: c.req.query("name"),
      nameContains: c.req.query("name_contains"),
      limit: numberQuery(c, "limit", 100, 1000),
      offset: numberQuery(c, "offset", 0, 1e9),
    });
    return c.json(found.map(showQueue));
  });
  app.get("/annotation-queues/:id", async (c) => c.json(showQueue(await getQueue(store, idOf(c)))));
  app.patch("/annotation-queues/:id", async (c) => {
    const { name, description, ...extra } = await readObject(c);
    const before = await getQueue(store, idOf(c));
    const changed = await updateQueue(store, before.id, {
      ...(typeof name === "string" ? { name } : {}),
      ...(typeof description === "string" ? { description } : {}),
      extra: { ...before.extra, ...extra },
    });
    return c.json(showQueue(changed));
  });
  app.delete("/annotation-queues/:id", async (c) => {
    await deleteQueue(store, idOf(c));
    return c.json({});
  });
  app.post("/annotation-queues/:id/runs", async (c) => {
    const body = parseJson(await readBytes(c.req.raw, { maxBytes }));
    if (!Array.isArray(body))
      throw new InputError("invalid_body", "The body is no list of run ids.", { hint: "send a JSON array of ids" });
    const spanIds = body.map((each) => spanIdOf(typeof each === "object" && each ? (each as Json).run_id : each));
    await addToQueue(store, idOf(c), spanIds);
    return c.json({ message: `${spanIds.length} runs added` });
  });
  const show = async (c: Context, spanId: string, item: { addedAt: Date }) => {
    const span = await findSpan(store, spanId);
    if (!span) throw new NotFoundError("run", spanId);
    const [run] = await showRuns(store, [span], { origin: new URL(c.req.url).origin, sessionIds: new Map(), prefix });
    return { ...run, queue_run_id: run!.id, added_at: item.addedAt.toISOString(), last_reviewed_time: null };
  };
  app.get("/annotation-queues/:id/run/:index", async (c) => {
    const index = Number(c.req.param("index"));
    if (!Number.isInteger(index) || index < 0)
      throw new InputError(
        "invalid_index",
        `\`index\` is ${JSON.stringify(c.req.param("index"))}; expected 0, 1, 2, ….`,
      );
    const [item] = await queueItems(store, (await getQueue(store, idOf(c))).id, { limit: 1, offset: index });
    if (!item) throw new NotFoundError("run in the queue at", String(index));
    return c.json(await show(c, item.spanId, item));
  });
  app.get("/annotation-queues/:id/runs", async (c) => {
    const items = await queueItems(store, idOf(c), {
      limit: numberQuery(c, "limit", 100, 1000),
      offset: numberQuery(c, "offset", 0, 1e9),
    });
    return c.json(await Promise.all(items.map((item) => show(c, item.spanId, item))));
  });
  app.get("/annotation-queues/:id/size", async (c) =>
    c.json({ size: (await queueItems(store, idOf(c), { limit: 1_000_000 })).length }),
  );
  app.delete("/annotation-queues/:id/runs/:run", async (c) => {
    await settleQueueItem(store, idOf(c), spanIdOf(c.req.param("run"), "run"), "remove");
    return c.json({});
  });
  app.patch("/annotation-queues/:id/runs/:run", async (c) => {
    const done = (await readObject(c)).last_reviewed_time !== undefined;
    await settleQueueItem(store, idOf(c), spanIdOf(c.req.param("run"), "run"), done ? "done" : "again");
    return c.json({});
  });
}

function showQueue(queue: AnnotationQueue): Json {
  return {
    ...queue.extra,
    id: queue.id,
    tenant_id: tenantId,
    name: queue.name,
    description: queue.description,
    created_at: queue.createdAt.toISOString(),
    updated_at: queue.updatedAt.toISOString(),
  };
}
