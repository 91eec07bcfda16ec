import { Hono } from "hono";
import { defaultBodyLimitBytes, type Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";
import { answerThrough } from "./batches/answer-request.ts";
import { generationRoutes } from "./generation.ts";
import { isUpload, objectRoutes } from "./objects.ts";
import { respondToOpenAiError } from "./wire/errors.ts";
import { idempotency } from "./wire/idempotency.ts";
import { notSupportedRoutes } from "./wire/not-supported.ts";
import { requestFacts } from "./wire/request-facts.ts";

/** OpenAI's API: change the base URL, keep the code. */
export function openaiSurface(services: Services): Surface {
  const app = new Hono();
  app.use(requestFacts);
  app.use(idempotency(services.store.db));
  app.route("/v1", generationRoutes(services));
  app.route("/v1", objectRoutes(services));
  app.route("/v1", notSupportedRoutes());
  services.platform.answerWith(answerThrough(app));
  return {
    name: "openai",
    prefixes: ["/v1"],
    app,
    respondToError: respondToOpenAiError,
    bodyLimitBytes: (method, path) => (isUpload(method, path) ? undefined : defaultBodyLimitBytes),
  };
}
