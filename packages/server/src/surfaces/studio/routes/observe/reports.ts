import { createRoute, z } from "@hono/zod-openapi";
import { ArgumentError } from "@loam/core";
import {
  commentOnReport,
  createReport,
  deleteReport,
  getReport,
  isBlockName,
  listReports,
  type Report,
  type ReportComment,
  readBlock,
  renderBlock,
  reportCommentsOf,
  reportToHtml,
  reportVersionsOf,
  updateReport,
} from "@loam/observe";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";

const ReportSchema = z
  .object({
    id: z.string(),
    project: z.string().nullable(),
    title: z.string(),
    version: z.int(),
    isTemplate: z.boolean(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .openapi("Report");
const ReportTextSchema = ReportSchema.extend({
  markdown: z.string().openapi({ description: "With live blocks: code fences named `loam-chart`, `loam-runs`, …" }),
}).openapi("ReportText");
const CommentSchema = z
  .object({
    id: z.string(),
    author: z.string().nullable(),
    text: z.string(),
    about: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .openapi("ReportComment");

const id = { params: z.object({ id: z.string().max(100) }) };
const refused = { 400: json(ErrorSchema, "Refused"), 404: json(ErrorSchema, "No such report") };
const text = z.object({
  title: z.string().min(1).max(500),
  markdown: z.string().max(1_000_000),
  project: z.string().max(500).nullable().optional(),
  isTemplate: z.boolean().optional(),
});

const list = createRoute({
  method: "get",
  path: "/reports",
  request: {
    query: z.object({
      project: z.string().max(500).optional(),
      query: z.string().max(500).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      offset: z.coerce.number().int().min(0).default(0),
    }),
  },
  responses: { 200: json(z.array(ReportSchema), "The one last changed first") },
});
const create = createRoute({
  method: "post",
  path: "/reports",
  request: body(text),
  responses: { 201: json(ReportTextSchema, "Made"), ...refused },
});
const get = createRoute({
  method: "get",
  path: "/reports/{id}",
  request: { ...id, query: z.object({ version: z.coerce.number().int().min(1).optional() }) },
  responses: { 200: json(ReportTextSchema, "As it stands, or as it stood"), ...refused },
});
const update = createRoute({
  method: "patch",
  path: "/reports/{id}",
  request: { ...id, ...body(text.partial()) },
  responses: { 200: json(ReportTextSchema, "A new version, unless nothing is new"), ...refused },
});
const remove = createRoute({
  method: "delete",
  path: "/reports/{id}",
  request: id,
  responses: { 200: json(z.object({ id: z.string() }), "Gone"), ...refused },
});
const versions = createRoute({
  method: "get",
  path: "/reports/{id}/versions",
  request: id,
  responses: {
    200: json(z.array(z.object({ version: z.int(), title: z.string(), createdAt: z.iso.datetime() })), "Newest first"),
    ...refused,
  },
});
const comments = createRoute({
  method: "get",
  path: "/reports/{id}/comments",
  request: id,
  responses: { 200: json(z.array(CommentSchema), "Oldest first"), ...refused },
});
const comment = createRoute({
  method: "post",
  path: "/reports/{id}/comments",
  request: {
    ...id,
    ...body(
      z.object({
        text: z.string().min(1).max(10_000),
        author: z.string().max(200).optional(),
        about: z.string().max(500).optional(),
      }),
    ),
  },
  responses: { 201: json(CommentSchema, "Said"), ...refused },
});

const block = createRoute({
  method: "post",
  path: "/reports/blocks",
  description: "A live block as it stands now: what the page of a report shows while it is written.",
  request: body(z.object({ name: z.string().max(40), text: z.string().max(20_000) })),
  responses: { 200: json(z.object({ html: z.string() }), "HTML without scripts"), ...refused },
});

/** Pages of Markdown with live blocks. */
export function reportRoutes({ store }: Services) {
  return router()
    .openapi(list, async (c) => c.json((await listReports(store, c.req.valid("query"))).map(show), 200))
    .openapi(create, async (c) => c.json(show(await createReport(store, c.req.valid("json"))), 201))
    .openapi(block, async (c) => {
      const { name, text: source } = c.req.valid("json");
      if (!isBlockName(name)) throw new ArgumentError("name", name, "the name of a live block, such as `loam-chart`");
      return c.json({ html: await renderBlock(store, readBlock(name, source)) }, 200);
    })
    .openapi(get, async (c) =>
      c.json(show(await getReport(store, c.req.valid("param").id, c.req.valid("query").version)), 200),
    )
    .openapi(update, async (c) =>
      c.json(show(await updateReport(store, c.req.valid("param").id, c.req.valid("json"))), 200),
    )
    .openapi(remove, async (c) => {
      const { id: gone } = c.req.valid("param");
      await deleteReport(store, gone);
      return c.json({ id: gone }, 200);
    })
    .openapi(versions, async (c) => {
      const report = await getReport(store, c.req.valid("param").id);
      const found = await reportVersionsOf(store, report.id);
      return c.json(
        found.map((version) => ({ ...version, createdAt: version.createdAt.toISOString() })),
        200,
      );
    })
    .openapi(comments, async (c) => {
      const report = await getReport(store, c.req.valid("param").id);
      return c.json((await reportCommentsOf(store, report.id)).map(showComment), 200);
    })
    .openapi(comment, async (c) =>
      c.json(showComment(await commentOnReport(store, c.req.valid("param").id, c.req.valid("json"))), 201),
    );
}

/** A report as a file. */
export function reportExportRoutes({ store }: Services) {
  return router().get("/reports/:id/export", async (c) => {
    const format = c.req.query("format") ?? "html";
    if (format !== "html" && format !== "md") throw new ArgumentError("format", format, "html or md");
    const wanted = c.req.query("version");
    const report = await getReport(store, c.req.param("id"), wanted === undefined ? undefined : Number(wanted));
    const file = report.title.replace(/[^\p{L}\p{N}.-]+/gu, "-").slice(0, 80) || "report";
    const attachment = `attachment; filename="report.${format}"; filename*=UTF-8''${encodeURIComponent(`${file}.${format}`)}`;
    return format === "md"
      ? c.body(report.markdown, 200, {
          "content-type": "text/markdown; charset=utf-8",
          "content-disposition": attachment,
        })
      : c.body(await reportToHtml(store, report), 200, {
          "content-type": "text/html; charset=utf-8",
          "content-disposition": attachment,
        });
  });
}

function show<T extends Report>({ createdAt, updatedAt, ...report }: T) {
  return { ...report, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

function showComment({ createdAt, ...rest }: ReportComment) {
  return { ...rest, createdAt: createdAt.toISOString() };
}
