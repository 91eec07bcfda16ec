import { createRoute, z } from "@hono/zod-openapi";
import { documents } from "@loam/store";
import { sql } from "drizzle-orm";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { json } from "../schemas/error.ts";

const health = createRoute({
  method: "get",
  path: "/health",
  responses: {
    200: json(
      z
        .object({
          status: z.literal("ok"),
          version: z.string(),
          node: z.string(),
          platform: z.string(),
          store: z.enum(["owner", "client", "server"]),
          home: z.string(),
          documents: z.int(),
          uptimeSeconds: z.number(),
        })
        .openapi("Health"),
      "The server and its database answer",
    ),
  },
});

export function healthRoutes({ store, version }: Services) {
  return router().openapi(health, async (c) => {
    const [row] = await store.db.select({ count: sql<number>`count(*)::int` }).from(documents);
    return c.json(
      {
        status: "ok" as const,
        version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        store: store.role,
        home: store.home,
        documents: row?.count ?? 0,
        uptimeSeconds: Math.round(process.uptime()),
      },
      200,
    );
  });
}
