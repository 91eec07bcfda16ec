import { createRoute, z } from "@hono/zod-openapi";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { FigureSchema } from "../../schemas/document.ts";
import { ErrorSchema, json } from "../../schemas/error.ts";

const list = createRoute({
  method: "get",
  path: "/documents/{id}/figures",
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json(z.array(FigureSchema), "Figures and tables in page order, with what is known about each") },
});
const image = createRoute({
  method: "get",
  path: "/documents/{id}/figures/{figure}/image",
  request: { params: z.object({ id: z.string(), figure: z.string() }) },
  responses: {
    304: { description: "Unchanged" },
    200: {
      content: { "image/png": { schema: z.string().openapi({ format: "binary" }) } },
      description: "The figure cut out of its page",
    },
    404: json(ErrorSchema, "No such figure"),
  },
});

export function figureRoutes({ library }: Services) {
  return router()
    .openapi(list, async (c) => {
      const figures = await library.figures(c.req.valid("param").id);
      return c.json(
        figures.map(({ document: _document, ...figure }) => figure),
        200,
      );
    })
    .openapi(image, async (c) => {
      const { id, figure } = c.req.valid("param");
      const { contentHash } = await library.document(id);
      const etag = `"${contentHash.slice(0, 32)}-${encodeURIComponent(figure)}"`;
      c.header("ETag", etag);
      c.header("Cache-Control", "private, no-cache");
      if (c.req.header("if-none-match") === etag) return c.body(null, 304);
      const png = await library.figureImage(id, figure);
      c.header("Content-Type", "image/png");
      return c.body(png as Uint8Array<ArrayBuffer>);
    });
}
