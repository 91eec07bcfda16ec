import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import { deleteFeedback, type Feedback, findSpan, listFeedback, putFeedback } from "@loam/observe";
import { router } from "../../../../http/router.ts";
import { memberOfRequest } from "../../../../security/team-door.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const key = z.string().trim().min(1).max(200);
const FeedbackSchema = z
  .object({
    id: z.string(),
    trace: z.string().nullable(),
    span: z.string().nullable(),
    key: z.string().openapi({ description: "What was judged, such as `helpful`" }),
    score: z.number().nullable(),
    value: z.unknown(),
    comment: z.string().nullable(),
    by: z.string().nullable().openapi({ description: "The member, or what wrote it" }),
    createdAt: z.iso.datetime(),
  })
  .openapi("Feedback");

const list = createRoute({
  method: "get",
  path: "/feedback",
  request: { query: z.object({ trace: z.string().optional(), span: z.string().optional() }) },
  responses: { 200: json(z.array(FeedbackSchema), "Judgements of a trace or a span, oldest first") },
});
const give = createRoute({
  method: "post",
  path: "/feedback",
  request: body(
    z.strictObject({
      span: z.string().min(1).max(200),
      key,
      score: z.number().nullable().default(null),
      value: z.unknown().optional(),
      comment: z.string().max(20_000).nullable().default(null),
    }),
  ),
  responses: { 201: json(FeedbackSchema, "The judgement"), 404: json(ErrorSchema, "No such span") },
});
const remove = createRoute({
  method: "delete",
  path: "/feedback/{id}",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(z.object({ id: z.string() }), "Gone"), 404: json(ErrorSchema, "There is none") },
});

/** Judgements of spans by people; those of programs come by the protocols and stand among them. */
export function feedbackRoutes({ store, flushTraces }: Services) {
  return router()
    .openapi(list, async (c) => {
      const { trace, span } = c.req.valid("query");
      const found = await listFeedback(store, {
        traceIds: trace === undefined ? undefined : [trace.replaceAll("-", "").toLowerCase()],
        spanIds: span === undefined ? undefined : [span],
        limit: 1000,
      });
      return c.json(found.map(show), 200);
    })
    .openapi(give, async (c) => {
      await flushTraces();
      const { span: spanId, ...judgement } = c.req.valid("json");
      const span = await findSpan(store, spanId);
      if (!span) throw new NotFoundError("span", spanId);
      const member = memberOfRequest(c.req.raw);
      const [made] = await putFeedback(store, [
        {
          ...judgement,
          ...{ spanId, traceId: span.traceId, project: span.project },
          source: { type: "app", ...(member ? { user_id: member.id, user_name: member.name } : {}) },
        },
      ]);
      return c.json(show(made!), 201);
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      if (!(await deleteFeedback(store, id))) throw new NotFoundError("feedback", id);
      return c.json({ id }, 200);
    });
}

function show({ id, traceId, spanId, key, score, value, comment, source, createdAt }: Feedback) {
  const by = source?.user_name ?? source?.type;
  return {
    ...{ id, trace: traceId, span: spanId, key, score, value, comment },
    by: typeof by === "string" ? by : null,
    createdAt: createdAt.toISOString(),
  };
}
