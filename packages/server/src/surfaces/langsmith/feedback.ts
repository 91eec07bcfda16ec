import { InputError, NotFoundError } from "@loam/core";
import { deleteFeedback, type Feedback, getProject, listFeedback, type NewFeedback, putFeedback } from "@loam/observe";
import type { Store } from "@loam/store";
import type { Hono } from "hono";
import { numberQuery, readObject } from "./http.ts";
import { isUuid, spanIdOf, toUuid, traceIdOf, uuidOf } from "./ids.ts";
import type { Json } from "./read-run.ts";

/** Judgements: `POST /feedback`, lists, changes. */
export function feedbackRoutes(app: Hono, store: Store): void {
  app.post("/feedback", async (c) => {
    const [made] = await putFeedback(store, [readFeedback(await readObject(c))]);
    return c.json(showFeedback(made!));
  });
  app.post("/feedback/eager", async (c) => {
    const [made] = await putFeedback(store, [readFeedback(await readObject(c))]);
    return c.json(showFeedback(made!));
  });
  app.get("/feedback", async (c) => {
    const sessions = c.req.queries("session") ?? [];
    const projects = await Promise.all(sessions.map(async (uuid) => (await getProject(store, { uuid })).name));
    const found = await listFeedback(store, {
      spanIds: c.req.queries("run")?.map((id) => spanIdOf(id, "run")),
      keys: c.req.queries("key"),
      projects: projects.length > 0 ? projects : undefined,
      sourceTypes: c.req.queries("source"),
      limit: numberQuery(c, "limit", 100, 1000),
      offset: numberQuery(c, "offset", 0, 1e9),
    });
    return c.json(found.map(showFeedback));
  });
  app.get("/feedback/:id", async (c) => c.json(showFeedback(await one(store, c.req.param("id")))));
  app.patch("/feedback/:id", async (c) => {
    const before = await one(store, c.req.param("id"));
    const [changed] = await putFeedback(store, [
      { ...before, ...readFeedback({ ...(await readObject(c)), id: before.id, key: before.key }) },
    ]);
    return c.json(showFeedback(changed!));
  });
  app.delete("/feedback/:id", async (c) => {
    const id = uuidOf(c.req.param("id"), "id");
    if (!(await deleteFeedback(store, id))) throw new NotFoundError("feedback", id);
    return c.json({});
  });
  app.get("/feedback-configs", (c) => c.json([]));
  app.post("/feedback-configs", async (c) => c.json(await readObject(c)));
}

async function one(store: Store, id: string): Promise<Feedback> {
  const [found] = await listFeedback(store, { ids: [uuidOf(id, "id")] });
  if (!found) throw new NotFoundError("feedback", id);
  return found;
}

/** @throws {InputError} when it has no name, or an id is none. */
export function readFeedback(body: Json): NewFeedback {
  if (typeof body.key !== "string" || body.key === "")
    throw new InputError("invalid_feedback", `\`key\` is ${JSON.stringify(body.key)}; expected the judgement's name.`, {
      details: { name: "key" },
    });
  const score = typeof body.score === "boolean" ? Number(body.score) : body.score;
  if (score !== null && score !== undefined && typeof score !== "number")
    throw new InputError("invalid_feedback", `\`score\` is ${JSON.stringify(score)}; expected a number.`, {
      details: { name: "score" },
    });
  const feedback: NewFeedback = { key: body.key };
  if (body.id) feedback.id = uuidOf(body.id, "id");
  if (body.run_id) feedback.spanId = spanIdOf(body.run_id, "run_id");
  if (body.trace_id) feedback.traceId = traceIdOf(body.trace_id);
  else if (isUuid(body.run_id)) feedback.traceId = traceIdOf(body.run_id, "run_id");
  if (typeof score === "number" && Number.isFinite(score)) feedback.score = score;
  if (body.value !== null && body.value !== undefined) feedback.value = body.value;
  if (typeof body.comment === "string") feedback.comment = body.comment;
  if (body.correction !== null && body.correction !== undefined) feedback.correction = body.correction;
  const source = body.feedback_source ?? body.source;
  if (typeof source === "object" && source !== null) feedback.source = source as Json;
  const origin = { session_id: body.session_id, extra: body.extra, feedback_config: body.feedback_config };
  if (Object.values(origin).some((value) => value !== null && value !== undefined)) feedback.origin = origin;
  return feedback;
}

function showFeedback(feedback: Feedback): Json {
  return {
    id: feedback.id,
    created_at: feedback.createdAt.toISOString(),
    modified_at: feedback.modifiedAt.toISOString(),
    run_id: feedback.spanId === null ? null : toUuid(feedback.spanId),
    trace_id: feedback.traceId === null ? null : toUuid(feedback.traceId),
    key: feedback.key,
    score: feedback.score,
    value: feedback.value ?? null,
    comment: feedback.comment,
    correction: feedback.correction ?? null,
    feedback_source: feedback.source ?? { type: "api" },
    session_id: feedback.origin?.session_id ?? null,
    extra: feedback.origin?.extra ?? null,
  };
}
