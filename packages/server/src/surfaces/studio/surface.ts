import { Hono } from "hono";
import { respondToError } from "../../errors.ts";
import { router } from "../../router.ts";
import type { Services } from "../../services.ts";
import type { Surface } from "../surface.ts";
import { alertRuleRoutes } from "./routes/alert-rules.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { askRoutes } from "./routes/ask.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { catalogueRoutes, catalogueUploadRoutes } from "./routes/catalogues.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { documentEventRoutes } from "./routes/document-events.ts";
import { documentRoutes } from "./routes/documents.ts";
import { evaluationReportRoutes } from "./routes/evaluation-report.ts";
import { evaluationRoutes } from "./routes/evaluations.ts";
import { evaluatorRoutes } from "./routes/evaluators.ts";
import { experimentRoutes } from "./routes/experiments.ts";
import { figureRoutes } from "./routes/figures.ts";
import { healthRoutes } from "./routes/health.ts";
import { keyRoutes } from "./routes/keys.ts";
import { metricRoutes } from "./routes/metrics.ts";
import { modelRoutes } from "./routes/models.ts";
import { originalRoutes } from "./routes/original.ts";
import { pageRoutes } from "./routes/pages.ts";
import { registryRoutes } from "./routes/registry.ts";
import { reportExportRoutes, reportRoutes } from "./routes/reports.ts";
import { runFileRoutes } from "./routes/run-files.ts";
import { runRoutes } from "./routes/runs.ts";
import { searchRoutes } from "./routes/search.ts";
import { sessionRoutes } from "./routes/session.ts";
import { sqlRoutes } from "./routes/sql.ts";
import { summaryRoutes } from "./routes/summaries.ts";
import { sweepRoutes } from "./routes/sweeps.ts";
import { traceRoutes } from "./routes/traces.ts";
import { tuneRoutes } from "./routes/tune.ts";
import { tuneStreamRoutes } from "./routes/tune-streams.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { videoPictureRoutes, videoRoutes } from "./routes/videos.ts";
import { workEventRoutes, workRoutes } from "./routes/work.ts";

/** Where files are sent; they have a limit of their own. */
const uploadPaths = new Set(["/api/documents", "/api/catalogues", "/api/tune/datasets", "/api/runs/import"]);

/** The JSON routes under `/api`; the Studio's client takes its types from here. */
function apiRoutes(services: Services) {
  return router()
    .route("/", documentRoutes(services))
    .route("/", pageRoutes(services))
    .route("/", figureRoutes(services))
    .route("/", searchRoutes(services))
    .route("/", askRoutes(services))
    .route("/", conversationRoutes(services))
    .route("/", catalogueRoutes(services))
    .route("/", summaryRoutes(services))
    .route("/", traceRoutes(services))
    .route("/", runRoutes(services))
    .route("/", sweepRoutes(services))
    .route("/", registryRoutes(services))
    .route("/", alertRoutes(services))
    .route("/", alertRuleRoutes(services))
    .route("/", evaluatorRoutes(services))
    .route("/", experimentRoutes(services))
    .route("/", reportRoutes(services))
    .route("/", sqlRoutes(services))
    .route("/", metricRoutes(services))
    .route("/", evaluationRoutes(services))
    .route("/", tuneRoutes(services))
    .route("/", modelRoutes(services))
    .route("/", keyRoutes(services))
    .route("/", videoRoutes(services))
    .route("/", workRoutes(services))
    .route("/", healthRoutes(services));
}

/** `hc<AppType>("/api")` is a typed client of the server. */
export type AppType = ReturnType<typeof apiRoutes>;

/** Loam's own API: what the Studio and the command line speak. */
export function studioSurface(services: Services): Surface {
  const api = apiRoutes(services);
  for (const routes of [
    uploadRoutes,
    catalogueUploadRoutes,
    originalRoutes,
    documentEventRoutes,
    evaluationReportRoutes,
    tuneStreamRoutes,
    workEventRoutes,
    videoPictureRoutes,
    runFileRoutes,
    reportExportRoutes,
    blobRoutes,
  ])
    api.route("/", routes(services));
  api.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Loam",
      version: services.version,
      description: "The API of the Studio. Errors look like OpenAI's.",
    },
    servers: [{ url: "/api" }],
  });
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  });
  if (services.gate) app.route("/api", sessionRoutes(services));
  app.route("/api", api);
  return {
    name: "studio",
    prefixes: ["/api"],
    app,
    respondToError,
    bodyLimitBytes: (method, path) => (method === "POST" && uploadPaths.has(path) ? undefined : 4 * 1024 ** 2),
    isOpen: (_method, path) => path === "/api/session",
  };
}
