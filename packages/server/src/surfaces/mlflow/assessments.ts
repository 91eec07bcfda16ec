import { NotFoundError } from "@loam/core";
import { deleteFeedback, type Feedback, listFeedback, putFeedback } from "@loam/observe";
import type { Store } from "@loam/store";
import type { Context, Hono } from "hono";
import { given, type Json, object, readRequest, required, text } from "./http.ts";
import { row, traceId } from "./trace-row.ts";

/** Routes of the assessments of traces. @throws {NotFoundError} @throws {InputError} for parameters that do not fit. */
export function assessmentRoutes(app: Hono, store: Store): void {
  app.post("/traces/:id/assessments", async (c) => {
    const id = traceId(c.req.param("id"));
    await row(store, id);
    const assessment = object(await readRequest(c), "assessment") ?? {};
    const [made] = await putFeedback(store, [readAssessment(assessment, id)]);
    return c.json({ assessment: showAssessment(made!) });
  });
  const found = async (c: Context) => {
    const [one] = await listFeedback(store, { ids: [c.req.param("assessment")!] });
    if (!one) throw new NotFoundError("assessment", c.req.param("assessment")!);
    return one;
  };
  app.get("/traces/:id/assessments/:assessment", async (c) => c.json({ assessment: showAssessment(await found(c)) }));
  app.patch("/traces/:id/assessments/:assessment", async (c) => {
    const before = await found(c);
    const changes = object(await readRequest(c), "assessment") ?? {};
    const [changed] = await putFeedback(store, [
      readAssessment({ ...showAssessment(before), ...changes, assessment_id: before.id }, before.traceId!),
    ]);
    return c.json({ assessment: showAssessment(changed!) });
  });
  app.delete("/traces/:id/assessments/:assessment", async (c) => {
    await deleteFeedback(store, (await found(c)).id);
    return c.json({});
  });
}

export function readAssessment(body: Json, id: string) {
  const judgement = object(body, "feedback");
  const expectation = object(body, "expectation");
  const value = (judgement ?? expectation)?.value ?? object(expectation ?? {}, "serialized_value")?.value;
  const number = typeof value === "boolean" ? Number(value) : typeof value === "number" ? value : null;
  return {
    ...(body.assessment_id
      ? { id: String(body.assessment_id) }
      : { id: `a-${crypto.randomUUID().replaceAll("-", "")}` }),
    traceId: id,
    spanId: text(body, "span_id") || null,
    key: required(body, "assessment_name"),
    score: number,
    value: value ?? null,
    comment: text(body, "rationale") ?? null,
    source: { type: "mlflow", ...object(body, "source") },
    origin: given({
      kind: expectation ? "expectation" : "feedback",
      metadata: object(body, "metadata"),
      error: body.error ?? judgement?.error,
      serialized: expectation?.serialized_value,
      overrides: body.overrides,
      valid: body.valid,
    }),
  };
}

export function showAssessment(one: Feedback): Json {
  const origin = one.origin ?? {};
  const { type: _, ...source } = one.source ?? {};
  const value = one.value ?? one.score;
  return given({
    assessment_id: one.id,
    assessment_name: one.key,
    trace_id: `tr-${one.traceId}`,
    span_id: one.spanId || undefined,
    source: Object.keys(source).length > 0 ? source : { source_type: "CODE", source_id: "default" },
    create_time: one.createdAt.toISOString(),
    last_update_time: one.modifiedAt.toISOString(),
    rationale: one.comment ?? undefined,
    metadata: origin.metadata,
    overrides: origin.overrides,
    valid: origin.valid ?? true,
    ...(origin.kind === "expectation"
      ? { expectation: origin.serialized ? { serialized_value: origin.serialized } : { value } }
      : { feedback: given({ value, error: origin.error }) }),
  });
}
