import { LoamError, loggable, NotFoundError } from "@loam/core";
import { NameTakenError, OverloadedError } from "@loam/observe";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { toErrorBody } from "../../http/errors.ts";
import { basicPassword, bearerToken, type Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";
import { artifactListRoutes, artifactRoutes } from "./artifacts.ts";
import { datasetRoutes } from "./datasets.ts";
import { experimentRoutes } from "./experiments.ts";
import { maxBytes } from "./http.ts";
import { modelRoutes } from "./models.ts";
import { runRoutes } from "./runs.ts";
import { traceRoutes } from "./traces.ts";

/** MLflow's REST API, for its clients from 3.10 on; `/ajax-api` is the same for pages. */
export function mlflowSurface(services: Services): Surface {
  const { store } = services;
  const app = new Hono();
  const calls = new Hono();
  experimentRoutes(calls, store);
  runRoutes(calls, store);
  artifactListRoutes(calls, store);
  modelRoutes(calls, store);
  traceRoutes(calls, store);
  datasetRoutes(calls, store);
  calls.get("/server-info", (c) =>
    c.json({ multipart_upload_enabled: false, multipart_download_enabled: false, workspaces_enabled: false }),
  );
  for (const base of ["/api/2.0", "/api/3.0", "/ajax-api/2.0", "/ajax-api/3.0"]) {
    app.route(`${base}/mlflow`, calls);
    artifactRoutes(app, services, base);
  }
  app.get("/health", (c) => c.text("OK"));
  app.get("/version", (c) => c.text("3.17.2"));
  return {
    name: "mlflow",
    prefixes: ["/api/2.0", "/api/3.0", "/ajax-api", "/health", "/version"],
    app,
    respondToError: refuse,
    bodyLimitBytes: (_method, path) => (path.includes("/mlflow-artifacts/") ? undefined : maxBytes),
    credential: (headers) => bearerToken(headers) ?? basicPassword(headers),
    reads: (_method, path) => /\/(search|batchGet|get-latest-versions|get-history-bulk-interval)$/.test(path),
    isOpen: (_method, path) => path === "/health" || path === "/version",
  };
}

/** `{ error_code, message }`, by whose code the client chooses its exception. */
function refuse(error: Error, c: Context): Response {
  const { body, status } = toErrorBody(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  if (error instanceof OverloadedError) c.header("Retry-After", String(error.retryAfterSeconds));
  return c.json({ error_code: codeOf(error, status), message: body.error.message }, status as ContentfulStatusCode);
}

function codeOf(error: Error, status: number): string {
  if (error instanceof NotFoundError)
    return error.details.what === "route" ? "ENDPOINT_NOT_FOUND" : "RESOURCE_DOES_NOT_EXIST";
  if (error instanceof NameTakenError) return "RESOURCE_ALREADY_EXISTS";
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "PERMISSION_DENIED";
  if (status === 413) return "REQUEST_LIMIT_EXCEEDED";
  if (status === 503 || status === 429) return "TEMPORARILY_UNAVAILABLE";
  return status >= 500 ? "INTERNAL_ERROR" : "INVALID_PARAMETER_VALUE";
}
