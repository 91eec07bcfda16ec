import { createRoute, z } from "@hono/zod-openapi";
import { metricFor } from "@loam/evaluation";
import { createEvaluator, deleteEvaluator, type Evaluator, listEvaluators, updateEvaluator } from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const ConfigSchema = z
  .object({
    metric: z.string().max(100).openapi({ example: "rougeL" }),
    key: z.string().max(200).optional().openapi({ description: "The judgement's name; the metric's when left out" }),
    kind: z.string().max(40).optional(),
    name: z.string().max(500).optional(),
    model: z.string().max(200).optional(),
    root: z.boolean().optional().openapi({ description: "Only spans without a parent" }),
    sampling: z.number().gt(0).max(1).optional(),
    reference: z.string().max(200).optional().openapi({ description: "Where the reference stands in the metadata" }),
    rubric: z.string().max(10_000).optional(),
    maxCostUsd: z.number().positive().optional(),
  })
  .openapi("EvaluatorConfig");
const EvaluatorSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    project: z.string().nullable(),
    config: ConfigSchema,
    enabled: z.boolean(),
    spentUsd: z.number(),
    error: z.string().nullable().openapi({ description: "Why it has stopped" }),
    createdAt: z.iso.datetime(),
  })
  .openapi("Evaluator");
const id = { params: z.object({ id: z.string().max(100) }) };
const refused = { 400: json(ErrorSchema, "Refused"), 404: json(ErrorSchema, "No such evaluator") };

const list = createRoute({
  method: "get",
  path: "/evaluators",
  responses: { 200: json(z.array(EvaluatorSchema), "Newest first") },
});
const create = createRoute({
  method: "post",
  path: "/evaluators",
  description: "Judges spans that end from now on, by a metric of `loam evaluate`; each gets its judgement once.",
  request: body(
    z.object({
      name: z.string().min(1).max(200),
      project: z.string().max(500).nullable().optional(),
      config: ConfigSchema,
      fromStart: z.boolean().default(false).openapi({ description: "Begin with what there is" }),
    }),
  ),
  responses: { 201: json(EvaluatorSchema, "Made"), ...refused },
});
const update = createRoute({
  method: "patch",
  path: "/evaluators/{id}",
  request: {
    ...id,
    ...body(z.object({ name: z.string().min(1).max(200).optional(), enabled: z.boolean().optional() })),
  },
  responses: { 200: json(EvaluatorSchema, "Changed"), ...refused },
});
const remove = createRoute({
  method: "delete",
  path: "/evaluators/{id}",
  request: id,
  responses: { 200: json(z.object({ id: z.string() }), "Gone; its judgements stay"), ...refused },
});

/** Judgements that new spans get by themselves. */
export function evaluatorRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => c.json((await listEvaluators(store)).map(show), 200))
    .openapi(create, async (c) => {
      const evaluator = c.req.valid("json");
      metricFor(evaluator.config.metric);
      return c.json(show(await createEvaluator(store, evaluator)), 201);
    })
    .openapi(update, async (c) =>
      c.json(show(await updateEvaluator(store, c.req.valid("param").id, c.req.valid("json"))), 200),
    )
    .openapi(remove, async (c) => {
      const { id: gone } = c.req.valid("param");
      await deleteEvaluator(store, gone);
      return c.json({ id: gone }, 200);
    });
}

function show({ cursor: _, createdAt, ...rest }: Evaluator) {
  return { ...rest, createdAt: createdAt.toISOString() };
}
