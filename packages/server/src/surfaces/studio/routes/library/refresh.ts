import { createRoute, z } from "@hono/zod-openapi";
import { refreshOperation } from "@loam/library";
import { startWork } from "@loam/work";
import { workRoute } from "../../../../http/operation-routes.ts";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { json } from "../../schemas/error.ts";

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
export function refreshRoutes({ library, models, store }: Services) {
  const start = async (input: unknown) => {
    const { document } = refreshOperation.parse(input);
    const name = document === undefined ? "library" : (await library.document(document)).name;
    return await startWork(store, refreshOperation, input, { name, key: document ?? "library" });
  };
  return router()
    .openapi(look, async (c) => {
      const vision = models.current.describe().find(({ role }) => role === "vision");
      return c.json({ ...(await library.refreshable()), model: vision?.model ?? null }, 200);
    })
    .route("/", workRoute("/library/refresh", refreshOperation, start));
}
