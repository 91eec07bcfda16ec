import { ArgumentError } from "@loam/core";
import { type Answers, collect, generate, newObjectId, readMetadata } from "@loam/platform";
import { Hono } from "hono";
import type { Services } from "../../../services/services.ts";
import { toOpenAiError } from "../wire/errors.ts";
import { noteForwarding } from "../wire/forwarding.ts";
import { metadataFilter } from "../wire/metadata.ts";
import { readPage, toList } from "../wire/paging.ts";
import { projectOf } from "../wire/project.ts";
import { readJson } from "../wire/read-json.ts";
import { streamEvents } from "../wire/sse.ts";
import { systemFingerprint, toCompletion } from "./object.ts";
import { ChatCompletionRequest, UpdateChatCompletion } from "./schema.ts";
import { StoredCompletions, toStoredObject } from "./stored.ts";
import { toChunks } from "./stream.ts";
import { toGeneration } from "./to-generation.ts";

export function chatCompletionRoutes({ platform, store }: Services) {
  const app = new Hono();
  const stored = new StoredCompletions(store.db);

  app.post("/chat/completions", async (c) => {
    const request = await readJson(c, ChatCompletionRequest);
    const metadata = readMetadata(request.metadata);
    const generation = toGeneration(request);
    await noteForwarding(c, platform.registry, request.model);
    const facts = {
      id: newObjectId("chat_completion"),
      created: Math.floor(Date.now() / 1000),
      model: request.model,
      service_tier: "default" as const,
      system_fingerprint: systemFingerprint,
    };
    const keep = async (answers: Answers) => {
      const completion = toCompletion(facts, answers, request);
      if (request.store) {
        const { messages, stream: _, stream_options: __, store: ___, metadata: ____, ...said } = request;
        await stored.keep(projectOf(c), completion, { messages, metadata, request: shownOf(said) });
      }
      return completion;
    };
    const events = generate(platform, generation, { signal: c.req.raw.signal, owner: projectOf(c) });
    if (!request.stream) return c.json(await keep(await collect(events, request.n)));
    const chunks = toChunks(facts, events, request, { onEnd: async (answers) => void (await keep(answers)) });
    return await streamEvents(c, chunks, {
      onError: (error) => {
        const { status: _, ...body } = toOpenAiError(error);
        return [{ data: { error: { ...body, code: body.code ?? "server_error" } } }, { data: "[DONE]" }];
      },
    });
  });

  app.get("/chat/completions", async (c) => {
    const query = c.req.query();
    const match = { model: query.model, metadata: metadataFilter(c) };
    const page = await stored.page(projectOf(c), readPage(query, "chat_completions"), match);
    return c.json(toList(page, toStoredObject));
  });
  app.get("/chat/completions/:id", async (c) =>
    c.json(toStoredObject(await stored.get(projectOf(c), c.req.param("id")))),
  );
  app.post("/chat/completions/:id", async (c) => {
    const { metadata } = await readJson(c, UpdateChatCompletion);
    return c.json(toStoredObject(await stored.setMetadata(projectOf(c), c.req.param("id"), readMetadata(metadata))));
  });
  app.delete("/chat/completions/:id", async (c) => {
    const id = c.req.param("id");
    await stored.remove(projectOf(c), id);
    return c.json({ object: "chat.completion.deleted", id, deleted: true });
  });
  app.get("/chat/completions/:id/messages", async (c) => {
    const { limit, order, after } = readPage(c.req.query(), "chat_completion_messages");
    const { body } = await stored.get(projectOf(c), c.req.param("id"));
    const messages = order === "asc" ? body.messages : body.messages.toReversed();
    const at = after === undefined ? -1 : messages.findIndex(({ id }) => id === after);
    if (after !== undefined && at < 0)
      throw new ArgumentError("after", after, "the id of a message of this completion");
    const data = messages.slice(at + 1, at + 1 + limit);
    return c.json(toList({ data, hasMore: at + 1 + limit < messages.length }, (message) => message));
  });
  return app;
}

/** What of a request its stored completion shows: everything that was said, with OpenAI's defaults for the rest. */
function shownOf(said: Record<string, unknown>): Record<string, unknown> {
  const defaults = {
    ...{ temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0, seed: null, tools: null },
    ...{ tool_choice: null, response_format: null, input_user: null, request_id: null },
  };
  const known = Object.keys(defaults).map((name) => [name, said[name] ?? defaults[name as keyof typeof defaults]]);
  return Object.fromEntries(known);
}
