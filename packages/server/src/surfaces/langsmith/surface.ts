import { LoamError, loggable } from "@loam/core";
import { NameTakenError, OverloadedError } from "@loam/observe";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { toErrorBody } from "../../http/errors.ts";
import { bearerToken, type Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";
import { takeTraces } from "../otlp/surface.ts";
import { datasetRoutes } from "./datasets.ts";
import { feedbackRoutes } from "./feedback.ts";
import { maxBytes, sizeLimitBytes } from "./http.ts";
import { tenantId } from "./ids.ts";
import { promptRoutes } from "./prompts.ts";
import { queueRoutes } from "./queues.ts";
import { runRoutes } from "./runs.ts";
import { sessionRoutes } from "./sessions.ts";

/** First segments of the paths, with and without `/api/v1`: clients put what they are told as a base before them. */
const names = [
  ...["info", "runs", "sessions", "datasets", "examples", "feedback", "feedback-configs", "annotation-queues"],
  ...["settings", "repos", "commits", "likes", "v1/platform", "public", "otel", "workspaces"],
];

/** LangSmith's API, for its clients in Python and JavaScript. */
export function langsmithSurface(services: Services): Surface {
  const app = new Hono();
  for (const prefix of ["", "/api/v1", "/api/v2", "/api"]) app.route(prefix || "/", routes(services, prefix));
  return {
    name: "langsmith",
    prefixes: [...names.map((name) => `/${name}`), "/api/v1", "/api/v2"],
    app,
    respondToError: refuse,
    bodyLimitBytes: () => maxBytes,
    credential: (headers) => headers.get("x-api-key") ?? bearerToken(headers),
    reads: (_method, path) => /\/runs\/(query|stats)$/.test(path),
    isOpen: (method, path) => (method === "GET" || method === "POST") && /^(\/api\/v1)?\/public\/[^/]+\//.test(path),
  };
}

function routes(services: Services, prefix: string): Hono {
  const { store, prices, version } = services;
  const app = new Hono();
  app.get("/info", (c) =>
    c.json({
      version,
      git_sha: null,
      license_expiration_time: null,
      customer_info: null,
      tenant_id: tenantId,
      batch_ingest_config: {
        use_multipart_endpoint: true,
        size_limit: 100,
        size_limit_bytes: sizeLimitBytes,
        scale_up_qsize_trigger: 1000,
        scale_up_nthreads_limit: 16,
        scale_down_nempty_trigger: 4,
      },
      instance_flags: {
        gzip_body_enabled: true,
        zstd_compression_enabled: true,
        dataset_examples_multipart_enabled: true,
        examples_multipart_enabled: true,
        search_enabled: true,
      },
    }),
  );
  app.get("/workspaces", (c) => c.json([{ id: tenantId, display_name: "Loam", tenant_handle: "loam" }]));
  app.post("/otel/v1/traces", (c) => takeTraces(c, store, prices));
  if (prefix === "/api/v2") {
    // The newer calls leave `/v2` to the base.
    const newer = new Hono();
    runRoutes(newer, services, prefix);
    app.post("/runs/query", (c) => newer.fetch(new Request(new URL("/v2/runs/query", c.req.url), c.req.raw)));
  }
  runRoutes(app, services, prefix);
  sessionRoutes(app, store);
  datasetRoutes(app, store, prefix);
  feedbackRoutes(app, store);
  queueRoutes(app, store, prefix);
  promptRoutes(app, store);
  return app;
}

/** `{ detail }`, which the clients show. */
function refuse(error: Error, c: Context): Response {
  const { body, status } = toErrorBody(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  if (error instanceof OverloadedError) c.header("Retry-After", String(error.retryAfterSeconds));
  const conflict =
    error instanceof NameTakenError ||
    (error instanceof LoamError && (error.code === "already_exists" || error.code === "conflict"));
  return c.json(
    { detail: body.error.message },
    (conflict ? 409 : status === 400 ? 422 : status) as ContentfulStatusCode,
  );
}
