import { createRoute, z } from "@hono/zod-openapi";
import { documents, type Store } from "@loam/store";
import { sql } from "drizzle-orm";
import { asLoamError } from "../../../http/errors.ts";
import { router } from "../../../http/router.ts";
import type { Services } from "../../../services/services.ts";
import { json } from "../schemas/error.ts";

const Part = z.object({ status: z.enum(["ok", "away"]), message: z.string().optional() }).openapi("HealthPart");
const Parts = z.object({ database: Part, blobs: Part });

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
          parts: Parts,
        })
        .openapi("Health"),
      "The server, its database and its blobs answer",
    ),
    503: json(
      z.object({ status: z.literal("unavailable"), version: z.string(), parts: Parts }).openapi("Unhealth"),
      "A part that the server needs does not answer; which one",
    ),
  },
});

/** A part that has not answered by then counts as away. */
const patienceMs = 4000;

export function healthRoutes({ store, version }: Services) {
  return router().openapi(health, async (c) => {
    let count = 0;
    const [database, blobs] = await Promise.all([
      partOf(async () => {
        const [row] = await store.db.select({ count: sql<number>`count(*)::int` }).from(documents);
        count = row?.count ?? 0;
      }),
      partOf(() => touchBlobs(store)),
    ]);
    const parts = { database, blobs };
    if (database.status !== "ok" || blobs.status !== "ok") {
      c.header("Retry-After", "5");
      return c.json({ status: "unavailable" as const, version, parts }, 503);
    }
    return c.json(
      {
        status: "ok" as const,
        version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        store: store.role,
        home: store.home,
        documents: count,
        uptimeSeconds: Math.round(process.uptime()),
        parts,
      },
      200,
    );
  });
}

async function touchBlobs({ blobs }: Store): Promise<void> {
  await blobs.exists("health");
}

async function partOf(ask: () => Promise<void>): Promise<z.infer<typeof Part>> {
  const patience = Promise.withResolvers<never>();
  const timer = setTimeout(() => patience.reject(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs);
  try {
    await Promise.race([ask(), patience.promise]);
    return { status: "ok" };
  } catch (error) {
    return { status: "away", message: (asLoamError(error) as Error).message };
  } finally {
    clearTimeout(timer);
  }
}
