import { Hono } from "hono";
import type { Services } from "../../services.ts";
import { chatCompletionRoutes } from "./chat-completions/routes.ts";
import { embeddingRoutes } from "./embeddings/routes.ts";
import { modelRoutes } from "./models/routes.ts";

/** What models write and compute, a folder for each of OpenAI's resources. */
export function generationRoutes(services: Services): Hono {
  const app = new Hono();
  for (const routes of [modelRoutes, chatCompletionRoutes, embeddingRoutes]) app.route("/", routes(services));
  return app;
}
