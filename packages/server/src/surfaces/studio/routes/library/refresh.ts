import { createRoute, z } from "@hono/zod-openapi";
import { refreshOperation } from "@loam/rag";
import { startWork } from "@loam/work";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const RefreshableSchema = z
  .object({
    figures: z.int(),
    documents: z.int(),
    /** The model that would look at them; null where the role is not played. */
    model: z.string().nullable(),
  })
  .openapi("Refreshable");

const look = createRoute({
  method: "get",
  path: "/library/refresh",
  description: "How many figures were read without a vision model, and which model could describe them now.",
  responses: { 200: json(RefreshableSchema, "What could be described") },
});
const start = createRoute({
  method: "post",
  path: "/library/refresh",
  description: "Lets the vision model describe them, as work.",
  request: body(refreshOperation.input),
  responses: { 202: json(z.object({ work: z.string() }), "Accepted"), 404: json(ErrorSchema, "No such document") },
});

export function refreshRoutes({ library, models, store }: Services) {
  return router()
    .openapi(look, async (c) => {
      const vision = models.current.describe().find(({ role }) => role === "vision");
      return c.json({ ...(await library.refreshable()), model: vision?.model ?? null }, 200);
    })
    .openapi(start, async (c) => {
      const input = c.req.valid("json");
      const name = input.document === undefined ? "library" : (await library.document(input.document)).name;
      const { id } = await startWork(store, refreshOperation, input, { name, key: input.document ?? "library" });
      return c.json({ work: id }, 202);
    });
}
