import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import { remakeOutput, setMark, systemOf } from "@loam/evaluation";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";
import { EvaluationMarkSchema } from "../../schemas/evaluation.ts";

const params = z.object({ id: z.string().max(300) });
const missing = {
  400: json(ErrorSchema, "The run is not finished, or the body does not fit"),
  404: json(ErrorSchema, "No such run, row or system"),
};

const mark = createRoute({
  method: "put",
  path: "/evaluations/{id}/marks",
  description: "Says something of an output, or of a row: a thumb, a note, a pin. What is left out stays as it is.",
  request: {
    params,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.strictObject({
            row: z.string().max(500),
            system: z.string().max(300).default("").openapi({ description: "Left out, the row itself" }),
            thumb: z
              .union([z.literal(1), z.literal(-1)])
              .nullable()
              .optional(),
            note: z.string().max(4000).nullable().optional(),
            pinned: z.boolean().optional(),
          }),
        },
      },
    },
  },
  responses: { 200: json(EvaluationMarkSchema, "As it now stands"), ...missing },
});
const again = createRoute({
  method: "post",
  path: "/evaluations/{id}/again",
  description: "Asks a system anew for one row. The run goes on until it is through again; its other outputs stay.",
  request: {
    params,
    body: {
      required: true,
      content: {
        "application/json": { schema: z.strictObject({ row: z.string().max(500), system: z.string().max(300) }) },
      },
    },
  },
  responses: { 200: json(z.object({ run: z.string(), work: z.string() }), "Accepted"), ...missing },
});

export function evaluationMarkRoutes({ runs, store }: Services) {
  return router()
    .openapi(mark, async (c) => {
      const { id } = c.req.valid("param");
      const { row, system, ...change } = c.req.valid("json");
      const scores = await runs.scores(id);
      if (!scores.dataset.rows.some((one) => one.id === row))
        throw new NotFoundError("row", row, { known: scores.dataset.rows.slice(0, 2000).map((one) => one.id) });
      if (system !== "") systemOf(scores, system);
      return c.json(await setMark(store, id, { row, system }, change), 200);
    })
    .openapi(again, async (c) => c.json(await remakeOutput(store, c.req.valid("param").id, c.req.valid("json")), 200));
}
