import { createRoute, z } from "@hono/zod-openapi";
import { router } from "../../../router.ts";
import type { Services } from "../../../services.ts";
import { ChunkKindSchema, SearchHitSchema } from "../schemas/answer.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const search = createRoute({
  method: "post",
  path: "/search",
  request: body(
    z
      .object({
        query: z.string().trim().min(1).max(4000),
        k: z.int().min(1).max(100).default(8),
        documents: z.array(z.string()).max(1000).optional(),
        pages: z.tuple([z.int().min(1), z.int().min(1)]).optional(),
        kinds: z.array(ChunkKindSchema).optional(),
        mode: z.enum(["hybrid", "vector", "keyword"]).default("hybrid"),
        rerank: z.enum(["none", "model"]).default("none"),
      })
      .openapi("SearchRequest"),
  ),
  responses: {
    200: json(z.object({ hits: z.array(SearchHitSchema), ms: z.number() }), "The best chunks, best first"),
    400: json(ErrorSchema, "The query cannot be used"),
  },
});

export function searchRoutes({ library }: Services) {
  return router().openapi(search, async (c) => {
    const { query, ...options } = c.req.valid("json");
    const start = performance.now();
    const hits = await library.search(query, { ...options, signal: c.req.raw.signal });
    return c.json({ hits, ms: performance.now() - start }, 200);
  });
}
