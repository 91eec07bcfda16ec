import { collect, countPromptTokens, generate } from "@loam/platform";
import { Hono } from "hono";
import { bearerToken, type Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";
import { newRequestId } from "../openai/wire/errors.ts";
import { readJson } from "../openai/wire/read-json.ts";
import { streamEvents } from "../openai/wire/sse.ts";
import { respondToAnthropicError, toAnthropicError } from "./errors.ts";
import { newMessageId, toMessage } from "./object.ts";
import { CountTokensRequest, MessagesRequest } from "./schema.ts";
import { toMessageStream } from "./stream.ts";
import { toGeneration } from "./to-generation.ts";

/** Anthropic's messages, which coding tools speak, over the same models. */
export function anthropicSurface({ platform }: Services): Surface {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has("request-id")) c.res.headers.set("request-id", newRequestId());
  });

  app.post("/v1/messages", async (c) => {
    const request = await readJson(c, MessagesRequest);
    const generation = toGeneration(request);
    const facts = { id: newMessageId(), model: request.model };
    const events = generate(platform, generation, { signal: c.req.raw.signal });
    if (!request.stream) return c.json(toMessage(facts, await collect(events)));
    const inputTokens = await countPromptTokens(platform, generation);
    return await streamEvents(c, toMessageStream({ ...facts, inputTokens }, events), {
      onError: (error) => {
        const { type, message } = toAnthropicError(error);
        return [{ event: "error", data: { type: "error", error: { type, message } } }];
      },
    });
  });

  app.post("/v1/messages/count_tokens", async (c) => {
    const request = await readJson(c, CountTokensRequest);
    return c.json({ input_tokens: await countPromptTokens(platform, toGeneration(request)) });
  });

  return {
    name: "anthropic",
    prefixes: ["/v1/messages"],
    app,
    respondToError: respondToAnthropicError,
    credential: (headers) => headers.get("x-api-key") ?? bearerToken(headers),
    bodyLimitBytes: () => 32 * 1024 ** 2,
  };
}
