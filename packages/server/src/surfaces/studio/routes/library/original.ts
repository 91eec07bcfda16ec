import { createRoute, z } from "@hono/zod-openapi";
import { mediaTypeOf } from "@loam/pdf";
import { parseRange } from "../../../../http/range.ts";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";

const original = createRoute({
  method: "get",
  path: "/documents/{id}/original",
  description: "The file as it was added; answers Range requests.",
  request: { params: z.object({ id: z.string() }), headers: z.object({ range: z.string().optional() }) },
  responses: {
    200: { content: { "*/*": { schema: z.string().openapi({ format: "binary" }) } }, description: "All" },
    206: { description: "The range" },
    416: { description: "Beyond the end" },
  },
});

export function originalRoutes({ library }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(original);
  app.get("/documents/:id/original", async (c) => {
    const id = c.req.param("id");
    const { name, kind, contentHash } = await library.document(id);
    const etag = `"${contentHash}"`;
    c.header("ETag", etag);
    c.header("Accept-Ranges", "bytes");
    c.header("Cache-Control", "private, no-cache");
    if (c.req.header("if-none-match") === etag) return c.body(null, 304);

    const bytes = await library.original(id);
    const range = parseRange(c.req.header("range"), bytes.length);
    c.header("Content-Type", mediaTypeOf(kind));
    c.header("X-Content-Type-Options", "nosniff");
    c.header(
      "Content-Disposition",
      `${kind === "pdf" ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent(name)}`,
    );
    if (range === undefined) return c.body(bytes as Uint8Array<ArrayBuffer>, 200);
    if (range === "unsatisfiable") {
      c.header("Content-Range", `bytes */${bytes.length}`);
      return c.body(null, 416);
    }
    c.header("Content-Range", `bytes ${range.start}-${range.end}/${bytes.length}`);
    return c.body(bytes.slice(range.start, range.end + 1), 206);
  });
  return app;
}
