import { Hono } from "hono";
import type { Services } from "../../services/services.ts";
import { chatCompletionRoutes } from "./chat-completions/routes.ts";
import { completionRoutes } from "./completions/routes.ts";
import { conversationRoutes } from "./conversations/routes.ts";
import { embeddingRoutes } from "./embeddings/routes.ts";
import { modelRoutes } from "./models/routes.ts";
import { responseRoutes } from "./responses/routes.ts";

/** What models write and compute, a folder for each of OpenAI's resources. */
export function generationRoutes(services: Services): Hono {
  const app = new Hono();
  const resources = [
    modelRoutes,
    chatCompletionRoutes,
    completionRoutes,
    embeddingRoutes,
    responseRoutes,
    conversationRoutes,
  ];
  for (const routes of resources) app.route("/", routes(services));
  return app;
}
