import { createRoute, z } from "@hono/zod-openapi";
import { listAlerts } from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { json } from "../../schemas/error.ts";

const AlertSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    runId: z.string().nullable(),
    title: z.string(),
    text: z.string(),
    level: z.enum(["info", "warn", "error"]),
    createdAt: z.iso.datetime(),
  })
  .openapi("Alert");

const list = createRoute({
  method: "get",
  path: "/alerts",
  request: {
    query: z.object({
      project: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
  },
  responses: { 200: json(z.array(AlertSchema), "Newest first") },
});

export function alertRoutes({ store }: Services) {
  return router().openapi(list, async (c) => {
    const found = await listAlerts(store, c.req.valid("query"));
    return c.json(
      found.map(({ createdAt, ...alert }) => ({ ...alert, createdAt: createdAt.toISOString() })),
      200,
    );
  });
}
