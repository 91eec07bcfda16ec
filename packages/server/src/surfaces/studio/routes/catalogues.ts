import { createRoute, z } from "@hono/zod-openapi";
import { NotFoundError } from "@loam/core";
import {
  type CatalogueItem,
  ImportCatalogueInput,
  importCatalogueOperation,
  openPath,
  RecommendInput,
  recommendOperation,
  sampleCatalogue,
} from "@loam/recommend";
import { jsonBody } from "../../../http/operation-routes.ts";
import { router } from "../../../http/router.ts";
import { withUploadedTable } from "../../../http/uploaded-table.ts";
import { uploadedFiles } from "../../../services/open-file.ts";
import type { Services } from "../../../services/services.ts";
import {
  type BookJson,
  CatalogueMapSchema,
  CatalogueSchema,
  FacetsSchema,
  FeedbackKindSchema,
  FeedbackSchema,
  RecommendationSchema,
} from "../schemas/catalogue.ts";
import { body, ErrorSchema, json } from "../schemas/error.ts";

const byId = { params: z.object({ id: z.string() }) };
/** Tags that are shown of a book. */
const shownTags = 8;

const list = createRoute({
  method: "get",
  path: "/catalogues",
  responses: { 200: json(z.array(CatalogueSchema), "All catalogues, newest first") },
});
const sample = createRoute({
  method: "post",
  path: "/catalogues/sample",
  description: "Adds thirty invented books with ratings, unless they are there.",
  responses: { 200: json(CatalogueSchema, "The sample catalogue"), 404: json(ErrorSchema, "This server has none") },
});
const remove = createRoute({
  method: "delete",
  path: "/catalogues/{id}",
  request: byId,
  responses: { 200: json(z.object({ id: z.string(), deleted: z.literal(true) }), "It is gone") },
});
const embed = createRoute({
  method: "post",
  path: "/catalogues/{id}/embedding",
  description: "Embeds the items that have no vector yet, in the background; see `embedding` of the catalogue.",
  request: byId,
  responses: { 202: json(CatalogueSchema, "It has begun"), 404: json(ErrorSchema, "No such catalogue") },
});
const stopEmbedding = createRoute({
  method: "delete",
  path: "/catalogues/{id}/embedding",
  description: "Stops embedding; what is done is kept.",
  request: byId,
  responses: { 200: json(CatalogueSchema, "It has stopped") },
});
const facets = createRoute({
  method: "get",
  path: "/catalogues/{id}/facets",
  request: byId,
  responses: { 200: json(FacetsSchema, "What can be filtered by") },
});
const map = createRoute({
  method: "get",
  path: "/catalogues/{id}/map",
  description: "The items as points of a plane; laid out at the first call, which may take a minute.",
  request: byId,
  responses: { 200: json(CatalogueMapSchema, "The map") },
});
const RecommendRequest = RecommendInput.omit({ catalogue: true, user: true }).openapi("RecommendRequest");
const recommend = createRoute({
  method: "post",
  path: "/catalogues/{id}/recommend",
  description: "Books about a text (`query`), like a book (`similarTo`, id or title), or for the reader: neither.",
  request: {
    ...byId,
    ...body(RecommendRequest),
  },
  responses: {
    200: json(z.object({ recommendations: z.array(RecommendationSchema), ms: z.number() }), "Best first"),
    400: json(ErrorSchema, "The request cannot be used"),
    404: json(ErrorSchema, "No such catalogue or book"),
  },
});
const feedback = createRoute({
  method: "get",
  path: "/catalogues/{id}/feedback",
  request: byId,
  responses: { 200: json(z.array(FeedbackSchema), "What was said of books, the latest first") },
});
const giveFeedback = createRoute({
  method: "post",
  path: "/catalogues/{id}/feedback",
  description: "Counts with the next recommendation.",
  request: { ...byId, ...body(z.object({ item: z.string().max(1000), kind: FeedbackKindSchema })) },
  responses: { 200: json(z.object({ item: z.string(), kind: FeedbackKindSchema }), "Noted") },
});

export function catalogueRoutes({ catalogueService: service, models, samplePath }: Services) {
  const { catalogues } = service;
  return router()
    .openapi(list, async (c) => c.json(await service.toJsons(await catalogues.list()), 200))
    .openapi(sample, async (c) => {
      if (!samplePath) throw new NotFoundError("catalogue", "sample", { hint: "start the server with `samplePath`" });
      const { path, ratings } = sampleCatalogue;
      const record = await catalogues.add(path, { name: "Sample books", ratings });
      await service.startEmbedding(record);
      return c.json(await service.toJson(record), 200);
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid("param");
      await service.stopEmbedding(id);
      await catalogues.remove(id);
      return c.json({ id, deleted: true as const }, 200);
    })
    .openapi(embed, async (c) => {
      const record = await catalogues.get(c.req.valid("param").id);
      await service.startEmbedding(record);
      return c.json(await service.toJson(record), 202);
    })
    .openapi(stopEmbedding, async (c) => {
      const record = await catalogues.get(c.req.valid("param").id);
      await service.stopEmbedding(record.id);
      return c.json(await service.toJson(record), 200);
    })
    .openapi(facets, async (c) => c.json(await service.facets(c.req.valid("param").id), 200))
    .openapi(map, async (c) => {
      const { id } = c.req.valid("param");
      const [{ rows, points, labels }, { items }] = [await catalogues.map(id), await catalogues.open(id)];
      const shown = [...rows].map((row) => items.at(row)!);
      const axis = (offset: 0 | 1) => [...rows].map((_, i) => Math.round(points[2 * i + offset]! * 1e4) / 1e4);
      return c.json(
        {
          rows: [...rows],
          x: axis(0),
          y: axis(1),
          titles: shown.map(({ title }) => title),
          authors: shown.map(({ authors }) => authors[0] ?? ""),
          ids: shown.map((item) => item.id),
          labels,
        },
        200,
      );
    })
    .openapi(recommend, async (c) => {
      const { id } = c.req.valid("param");
      const start = performance.now();
      const { recommendations: found } = await recommendOperation.call(
        { catalogues, embedder: models.current.embed },
        { ...c.req.valid("json"), catalogue: id },
        { signal: c.req.raw.signal },
      );
      const ms = performance.now() - start;
      const said = new Map((await catalogues.feedback(id)).map(({ item, kind }) => [item, kind]));
      return c.json(
        {
          recommendations: found.map(({ item, reason: _reason, ...rest }) => ({
            ...rest,
            book: toBookJson(item),
            feedback: said.get(item.id),
          })),
          ms,
        },
        200,
      );
    })
    .openapi(feedback, async (c) => {
      const { id } = c.req.valid("param");
      const given = await catalogues.feedback(id);
      const recommender = await catalogues.open(id);
      return c.json(
        given.map(({ item, kind, updatedAt }) => ({
          book: toBookJson(recommender.item(item)),
          kind,
          updatedAt: updatedAt.toISOString(),
        })),
        200,
      );
    })
    .openapi(giveFeedback, async (c) => {
      const { item, kind } = c.req.valid("json");
      await catalogues.giveFeedback(c.req.valid("param").id, item, kind);
      return c.json({ item, kind }, 200);
    });
}

const upload = createRoute({
  method: "post",
  path: "/catalogues",
  summary: importCatalogueOperation.summary,
  description: `${importCatalogueOperation.description} As a multipart body with the file itself, \`name\` and \`ratings\` in the query; or as JSON that names files of /v1/files.`,
  request: {
    query: ImportCatalogueInput.pick({ name: true, ratings: true }),
    body: {
      content: {
        "multipart/form-data": {
          schema: z.object({ file: z.string().openapi({ format: "binary" }) }).openapi("CatalogueUpload"),
        },
        "application/json": { schema: ImportCatalogueInput },
      },
    },
  },
  responses: {
    201: json(CatalogueSchema, "Imported"),
    400: json(ErrorSchema, "The file cannot be read"),
    413: json(ErrorSchema, "The file is too large"),
  },
});

export function catalogueUploadRoutes({ catalogueService: service, platform, uploads }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(upload);
  const openUploaded = uploadedFiles(platform);
  const { catalogues } = service;
  app.post("/catalogues", async (c) => {
    const { signal } = c.req.raw;
    const add = async (input: unknown, open: typeof openUploaded) => {
      const fields = importCatalogueOperation.parse(input);
      return c.json(
        await service.toJson(await importCatalogueOperation.call({ catalogues, open }, fields, { signal })),
        201,
      );
    };
    if (/^application\/json\b/.test(c.req.header("content-type") ?? ""))
      return await add(await jsonBody(c), openUploaded);
    const { name, ratings } = c.req.query();
    return await withUploadedTable(c.req.raw, uploads, (path, fileName) =>
      add({ file: fileName, name, ratings }, async (asked) =>
        asked === fileName ? { ...(await openPath(path)), fileName } : await openUploaded(asked),
      ),
    );
  });
  return app;
}

function toBookJson({ id, title, authors, tags, language, year, rating, description }: CatalogueItem): BookJson {
  return {
    ...{ id, title, authors, language, year, rating },
    tags: tags
      .toSorted((a, b) => b.weight - a.weight)
      .slice(0, shownTags)
      .map(({ name }) => name),
    description: description?.slice(0, 600),
  };
}
