import { createRoute, z } from "@hono/zod-openapi";
import { ArgumentError } from "@loam/core";
import { type EvaluationRun, runToCsv, runToHtml, runToMarkdown } from "@loam/evaluation";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";

const forms: Record<string, { type: string; extension: string; write(run: EvaluationRun): string }> = {
  csv: { type: "text/csv", extension: "csv", write: runToCsv },
  json: { type: "application/json", extension: "json", write: (run) => JSON.stringify(run, null, 2) },
  markdown: { type: "text/markdown", extension: "md", write: runToMarkdown },
  html: { type: "text/html", extension: "html", write: runToHtml },
};

const report = createRoute({
  method: "get",
  path: "/evaluations/{id}/report",
  description: "A finished run as a file to keep.",
  request: {
    params: z.object({ id: z.string() }),
    query: z.object({ format: z.enum(["csv", "json", "markdown", "html"]).default("json") }),
  },
  responses: { 200: { description: "The file" } },
});

export function evaluationReportRoutes({ runs }: Services) {
  const app = router();
  app.openAPIRegistry.registerPath(report);
  app.get("/evaluations/:id/report", async (c) => {
    const format = c.req.query("format") ?? "json";
    const form = Object.hasOwn(forms, format) ? forms[format] : undefined;
    if (!form) throw new ArgumentError("format", format, `one of ${Object.keys(forms).join(", ")}`);
    const { run, stored } = await runs.open(c.req.param("id"));
    return c.body(form.write(run), 200, {
      "content-type": `${form.type}; charset=utf-8`,
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(`${stored.id}.${form.extension}`)}`,
    });
  });
  return app;
}
