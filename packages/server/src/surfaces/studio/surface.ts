import { Hono } from "hono";
import { respondToError } from "../../http/errors.ts";
import { router } from "../../http/router.ts";
import type { Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { catalogueRoutes, catalogueUploadRoutes } from "./routes/catalogues.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { evaluationMarkRoutes } from "./routes/evaluation/evaluation-marks.ts";
import { evaluationReportRoutes } from "./routes/evaluation/evaluation-report.ts";
import { evaluationRowRoutes } from "./routes/evaluation/evaluation-rows.ts";
import { evaluationRoutes } from "./routes/evaluation/evaluations.ts";
import { evaluatorRoutes } from "./routes/evaluation/evaluators.ts";
import { metricRoutes } from "./routes/evaluation/metrics.ts";
import { healthRoutes } from "./routes/health.ts";
import { keyRoutes } from "./routes/keys.ts";
import { askRoutes } from "./routes/library/ask.ts";
import { documentEventRoutes } from "./routes/library/document-events.ts";
import { documentRoutes } from "./routes/library/documents.ts";
import { extractRoutes } from "./routes/library/extract.ts";
import { extractionRoutes } from "./routes/library/extractions.ts";
import { figureRoutes } from "./routes/library/figures.ts";
import { originalRoutes } from "./routes/library/original.ts";
import { pageRoutes } from "./routes/library/pages.ts";
import { refreshRoutes } from "./routes/library/refresh.ts";
import { searchRoutes } from "./routes/library/search.ts";
import { summaryRoutes } from "./routes/library/summaries.ts";
import { uploadRoutes } from "./routes/library/uploads.ts";
import { modelRoutes } from "./routes/models.ts";
import { alertRuleRoutes } from "./routes/observe/alert-rules.ts";
import { alertRoutes } from "./routes/observe/alerts.ts";
import { experimentRoutes } from "./routes/observe/experiments.ts";
import { feedbackRoutes } from "./routes/observe/feedback.ts";
import { queueRoutes } from "./routes/observe/queues.ts";
import { registryRoutes } from "./routes/observe/registry.ts";
import { reportExportRoutes, reportRoutes } from "./routes/observe/reports.ts";
import { runFileRoutes } from "./routes/observe/run-files.ts";
import { runRoutes } from "./routes/observe/runs.ts";
import { sqlRoutes } from "./routes/observe/sql.ts";
import { sweepRoutes } from "./routes/observe/sweeps.ts";
import { traceEventRoutes } from "./routes/observe/trace-events.ts";
import { traceRoutes } from "./routes/observe/traces.ts";
import { sessionRoutes } from "./routes/session.ts";
import { teamRoutes } from "./routes/team.ts";
import { exportDownloadRoutes, exportRoutes } from "./routes/tune/exports.ts";
import { tuneRoutes } from "./routes/tune/tune.ts";
import { tuneStreamRoutes } from "./routes/tune/tune-streams.ts";
import { videoTrainingRoutes, videoTrainingStreamRoutes } from "./routes/video-training.ts";
import { videoPictureRoutes, videoRoutes } from "./routes/videos.ts";
import { workEventRoutes, workRoutes } from "./routes/work.ts";

/** Where files are sent; they have a limit of their own. */
const uploadPaths = new Set([
  "/api/documents",
  "/api/catalogues",
  "/api/tune/datasets",
  "/api/runs/import",
  "/api/evaluations/rows",
]);
/** Evaluations bring their rows. */
const bodyLimits: Readonly<Record<string, number>> = { "/api/evaluations": 24 * 1024 ** 2 };
const usualBodyLimit = 4 * 1024 ** 2;

/** They are POSTs for the size of what is asked. */
const readingPosts = new Set([
  "/api/sql",
  "/api/reports/blocks",
  "/api/metrics/score",
  "/api/metrics/align",
  "/api/evaluations/rows",
]);

/** The JSON routes under `/api`; the Studio's client takes its types from here. */
function apiRoutes(services: Services) {
  return router()
    .route("/", documentRoutes(services))
    .route("/", pageRoutes(services))
    .route("/", figureRoutes(services))
    .route("/", refreshRoutes(services))
    .route("/", searchRoutes(services))
    .route("/", askRoutes(services))
    .route("/", extractRoutes(services))
    .route("/", extractionRoutes(services))
    .route("/", conversationRoutes(services))
    .route("/", catalogueRoutes(services))
    .route("/", summaryRoutes(services))
    .route("/", traceRoutes(services))
    .route("/", feedbackRoutes(services))
    .route("/", queueRoutes(services))
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
    .route("/", evaluationMarkRoutes(services))
    .route("/", tuneRoutes(services))
    .route("/", exportRoutes(services))
    .route("/", modelRoutes(services))
    .route("/", keyRoutes(services))
    .route("/", teamRoutes(services))
    .route("/", videoRoutes(services))
    .route("/", videoTrainingRoutes(services))
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
    evaluationRowRoutes,
    tuneStreamRoutes,
    exportDownloadRoutes,
    workEventRoutes,
    traceEventRoutes,
    videoPictureRoutes,
    videoTrainingStreamRoutes,
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
    bodyLimitBytes: (method, path) =>
      method === "POST" && uploadPaths.has(path) ? undefined : (bodyLimits[path] ?? usualBodyLimit),
    isOpen: (_method, path) => path === "/api/session" || path === "/api/team/accept" || path === "/api/team/leave",
    reads: (_method, path) => readingPosts.has(path),
    isForOwners: (_method, path) => /^\/api\/(team|keys|settings|models|roles)(\/|$)/.test(path),
  };
}
