import { Hono } from "hono";
import { respondToError } from "../../errors.ts";
import type { Services } from "../../services.ts";
import { defaultBodyLimitBytes, type Surface } from "../surface.ts";
import { embeddingRoutes } from "./embeddings.ts";
import { isUpload, objectRoutes } from "./objects.ts";

/** OpenAI's API: change the base URL, keep the code. */
export function openaiSurface(services: Services): Surface {
  const app = new Hono();
  app.route("/v1", embeddingRoutes(services));
  app.route("/v1", objectRoutes(services));
  return {
    name: "openai",
    prefixes: ["/v1"],
    app,
    respondToError,
    bodyLimitBytes: (method, path) => (isUpload(method, path) ? undefined : defaultBodyLimitBytes),
  };
}
