import { NotFoundError } from "@loam/core";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { respondToError, TooLargeError } from "./errors.ts";
import { router } from "./router.ts";
import { askRoutes } from "./routes/ask.ts";
import { catalogueRoutes, catalogueUploadRoutes } from "./routes/catalogues.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { documentEventRoutes } from "./routes/document-events.ts";
import { documentRoutes } from "./routes/documents.ts";
import { evaluationReportRoutes } from "./routes/evaluation-report.ts";
import { evaluationRoutes } from "./routes/evaluations.ts";
import { figureRoutes } from "./routes/figures.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricRoutes } from "./routes/metrics.ts";
import { modelRoutes } from "./routes/models.ts";
import { openaiRoutes } from "./routes/openai.ts";
import { originalRoutes } from "./routes/original.ts";
import { pageRoutes } from "./routes/pages.ts";
import { searchRoutes } from "./routes/search.ts";
import { sessionRoutes } from "./routes/session.ts";
import { staticRoutes } from "./routes/static.ts";
import { summaryRoutes } from "./routes/summaries.ts";
import { traceRoutes } from "./routes/traces.ts";
import { tuneRoutes } from "./routes/tune.ts";
import { tuneStreamRoutes } from "./routes/tune-streams.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { securityHeaders } from "./security/headers.ts";
import { type SameOriginOptions, sameOrigin } from "./security/same-origin.ts";
import type { Services } from "./services.ts";

const jsonBodyLimitBytes = 4 * 1024 ** 2;
/** Where files are sent; they have a limit of their own. */
const uploadPaths = new Set(["/api/documents", "/api/catalogues", "/api/tune/datasets"]);

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
    .route("/", metricRoutes(services))
    .route("/", evaluationRoutes(services))
    .route("/", tuneRoutes(services))
    .route("/", modelRoutes(services))
    .route("/", healthRoutes(services));
}

/** `hc<AppType>("/api")` is a typed client of the server. */
export type AppType = ReturnType<typeof apiRoutes>;

export interface AppOptions extends SameOriginOptions {
  /** Folder of the built Studio; without one the server has only its API. */
  studioFolder?: string;
}

/** Everything the server answers, behind the checks that every request passes. */
export async function createApp(services: Services, { studioFolder, ...origin }: AppOptions): Promise<Hono> {
  const { gate } = services;
  const app = new Hono();
  app.onError(respondToError);
  app.use(securityHeaders);
  app.use(sameOrigin(origin));
  app.use("/api/*", async (c, next) => {
    await next();
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  });
  if (gate) {
    app.get("/", async (c, next) => {
      const code = c.req.query("token");
      if (code === undefined) return await next();
      gate.redeem(c, code); // a spent code ends at the Studio, which asks for the token
      return c.redirect("/", 303);
    });
    app.route("/api", sessionRoutes(services));
    app.use("/api/*", gate.require);
    app.use("/v1/*", gate.require);
  }
  const limit = bodyLimit({
    maxSize: jsonBodyLimitBytes,
    onError: () => {
      throw new TooLargeError("The body", "4 MiB", "send files as multipart/form-data to /api/documents");
    },
  });
  app.use("/api/*", (c, next) => (c.req.method === "POST" && uploadPaths.has(c.req.path) ? next() : limit(c, next)));
  app.use("/v1/*", limit);

  const api = apiRoutes(services);
  for (const routes of [
    uploadRoutes,
    catalogueUploadRoutes,
    originalRoutes,
    documentEventRoutes,
    evaluationReportRoutes,
    tuneStreamRoutes,
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
  app.route("/api", api);
  app.route("/v1", openaiRoutes(services));
  app.all("/api/*", unknownRoute);
  app.all("/v1/*", unknownRoute);
  if (studioFolder) app.route("/", await staticRoutes(studioFolder));
  app.notFound(unknownRoute);
  return app;
}

function unknownRoute(c: { req: { method: string; path: string } }): never {
  throw new NotFoundError("route", `${c.req.method} ${c.req.path}`, {
    hint: "see /api/openapi.json for what there is",
  });
}
