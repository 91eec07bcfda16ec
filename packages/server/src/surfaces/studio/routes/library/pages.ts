import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import { router } from "../../../../http/router.ts";
import { PageImageCache } from "../../../../services/page-image-cache.ts";
import { pageSummaries } from "../../../../services/page-summaries.ts";
import type { Services } from "../../../../services/services.ts";
import { PageSchema, PageSummarySchema } from "../../schemas/document.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";

const byNumber = z.object({ id: z.string(), number: z.coerce.number().int().min(1) });

const list = createRoute({
  method: "get",
  path: "/documents/{id}/pages",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(z.array(PageSummarySchema), "Sizes and statuses of the pages read so far") },
});
const get = createRoute({
  method: "get",
  path: "/documents/{id}/pages/{number}",
  request: { params: byNumber },
  responses: { 200: json(PageSchema, "The page with its blocks and figures"), 404: json(ErrorSchema, "No such page") },
});
const image = createRoute({
  method: "get",
  path: "/documents/{id}/pages/{number}/image",
  request: { params: byNumber, query: z.object({ dpi: z.coerce.number().int().min(24).max(300).default(144) }) },
  responses: {
    304: { description: "Unchanged" },
    200: {
      content: { "image/png": { schema: z.string().openapi({ format: "binary" }) } },
      description: "The page as a picture; with an ETag",
    },
  },
});

export function pageRoutes({ library, store, passwords }: Services) {
  const images = new PageImageCache(library);
  const app = router();
  return app
    .openapi(list, async (c) => {
      const { id } = await library.document(c.req.valid("param").id);
      return c.json(await pageSummaries(store.db, id), 200);
    })
    .openapi(get, async (c) => {
      const { id, number } = c.req.valid("param");
      const page = await library.page(id, number);
      return c.json({ ...page, figures: page.figures.map(({ png: _png, ...figure }) => figure) }, 200);
    })
    .openapi(image, async (c) => {
      const { id, number } = c.req.valid("param");
      const { dpi } = c.req.valid("query");
      const { contentHash, pageCount } = await library.document(id);
      if (pageCount > 0 && number > pageCount)
        throw new NotFoundError("page", String(number), { hint: `the document has ${pageCount} pages` });
      const etag = `"${contentHash.slice(0, 32)}-${number}-${dpi}"`;
      c.header("ETag", etag);
      c.header("Cache-Control", "private, no-cache");
      if (c.req.header("if-none-match") === etag) return c.body(null, 304);
      const png = await images.get(id, number, { dpi, password: await passwords.get(id) });
      c.header("Content-Type", "image/png");
      return c.body(png as Uint8Array<ArrayBuffer>);
    });
}
