import { Hono } from "hono";
import type { Services } from "../../services/services.ts";
import { assistantRoutes } from "./assistants/routes.ts";
import { batchRoutes } from "./batches/routes.ts";
import { evalRoutes } from "./evals/routes.ts";
import { fileRoutes } from "./files/routes.ts";
import { fineTuningRoutes } from "./fine-tuning/routes.ts";
import { graderRoutes } from "./graders/routes.ts";
import { threadRoutes } from "./threads/routes.ts";
import { uploadRoutes } from "./uploads/routes.ts";
import { vectorStoreRoutes } from "./vector-stores/routes.ts";
import { videoRoutes } from "./videos/routes.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/** The stored objects of OpenAI's API, a folder each. */
export function objectRoutes(services: Services): Hono {
  const app = new Hono();
  const all = [
    fileRoutes,
    uploadRoutes,
    vectorStoreRoutes,
    assistantRoutes,
    threadRoutes,
    batchRoutes,
    evalRoutes,
    graderRoutes,
    fineTuningRoutes,
    videoRoutes,
    webhookRoutes,
  ];
  for (const routes of all) app.route("/", routes(services));
  return app;
}

/** Paths whose body is a file, counted as it arrives. */
export function isUpload(method: string, path: string): boolean {
  return (
    method === "POST" && /^\/v1\/(files|uploads\/[^/]+\/parts|videos(\/(edits|extensions|characters))?)$/.test(path)
  );
}
