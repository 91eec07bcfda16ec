import { LoamError, loggable } from "@loam/core";
import {
  Answers,
  type Call,
  collect,
  complete,
  type GenerationEvent,
  generate,
  type ServedModel,
  type Usage,
} from "@loam/platform";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Surface } from "../../http/surface.ts";
import type { Services } from "../../services/services.ts";
import { toOpenAiError } from "../openai/wire/errors.ts";
import { readJson } from "../openai/wire/read-json.ts";
import { streamLines } from "./ndjson.ts";
import { ChatRequest, EmbedRequest, GenerateRequest } from "./schema.ts";
import { modelName, toFormat, toGeneration, toSampling } from "./to-generation.ts";

/** What clients take this for: the oldest Ollama that has all that is here. */
const ollamaVersion = "0.12.0";

/** Ollama's API, on a port of its own. */
export function ollamaSurface({ platform }: Services): Surface {
  const { registry } = platform;
  const app = new Hono();
  app.get("/", (c) => c.text("Ollama is running"));
  app.get("/api/version", (c) => c.json({ version: ollamaVersion }));
  app.get("/api/tags", async (c) => c.json({ models: (await registry.list()).map(toTag) }));
  app.get("/api/ps", (c) => c.json({ models: [] }));
  app.post("/api/show", async (c) => {
    const { model, name } = (await c.req.json().catch(() => ({}))) as { model?: string; name?: string };
    return c.json(toShown(await registry.find(modelName(model ?? name ?? ""))));
  });

  app.post("/api/chat", async (c) => {
    const request = await readJson(c, ChatRequest);
    if (!request.messages?.length)
      return c.json(await loaded(request.model, { message: { role: "assistant", content: "" } }));
    const events = generate(platform, toGeneration(request), { signal: c.req.raw.signal });
    const facts = factsOf(request.model);
    if (request.stream === false) {
      const answers = await collect(events);
      const { text, reasoning, calls } = answers.choices[0]!;
      const message = { role: "assistant", content: text, ...thought(reasoning), ...called(calls) };
      return c.json({ ...facts(), message, ...ended(answers) });
    }
    return await streamLines(c, chatLines(facts, events), { onError: toOllamaError });
  });

  app.post("/api/generate", async (c) => {
    const { prompt, system, raw, format, options, think, stream, model } = await readJson(c, GenerateRequest);
    if (!prompt) return c.json(await loaded(model, { response: "" }));
    const { signal } = c.req.raw;
    const base = { model: modelName(model), ...toSampling(options) };
    const messages = [
      ...(system ? [{ role: "system" as const, content: system }] : []),
      { role: "user" as const, content: prompt },
    ];
    const reasoningEffort = think === false ? "none" : undefined;
    const events = raw
      ? complete(platform, { ...base, prompt }, { signal })
      : generate(platform, { ...base, messages, responseFormat: toFormat(format), reasoningEffort }, { signal });
    const facts = factsOf(model);
    if (stream === false) {
      const answers = await collect(events);
      const { text, reasoning } = answers.choices[0]!;
      return c.json({ ...facts(), response: text, ...thought(reasoning), ...ended(answers), context: [] });
    }
    return await streamLines(c, generateLines(facts, events), { onError: toOllamaError });
  });

  const embed = async (c: Context) => {
    const { model, input, prompt } = await readJson(c, EmbedRequest);
    const embedder = await registry.openEmbedder(modelName(model));
    const texts = [input ?? prompt ?? []].flat();
    const startMs = performance.now();
    const vectors = texts.length === 0 ? [] : await embedder.embed(texts, { signal: c.req.raw.signal });
    const tokens = texts.reduce((sum, text) => sum + embedder.countTokens(text), 0);
    return { model, vectors: vectors.map((vector) => [...vector]), tokens, nanoseconds: since(startMs) };
  };
  app.post("/api/embed", async (c) => {
    const { model, vectors, tokens, nanoseconds } = await embed(c);
    return c.json({
      model,
      embeddings: vectors,
      total_duration: nanoseconds,
      load_duration: 0,
      prompt_eval_count: tokens,
    });
  });
  app.post("/api/embeddings", async (c) => c.json({ embedding: (await embed(c)).vectors[0] ?? [] }));
  for (const path of ["/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete"]) {
    app.all(path, () => {
      throw new LoamError("not_supported", `${path} is not supported.`, {
        hint: "`loam models` adds and removes models",
        status: 501,
        exitCode: 3,
      });
    });
  }

  async function loaded(model: string, empty: object) {
    await registry.find(modelName(model));
    return { model, created_at: new Date().toISOString(), ...empty, done: true, done_reason: "load" };
  }
  return { name: "ollama", prefixes: ["/", "/api"], app, respondToError: respondToOllamaError };
}

const since = (startMs: number): number => Math.round((performance.now() - startMs) * 1e6);
const thought = (reasoning: string) => (reasoning ? { thinking: reasoning } : {});

function called(calls: readonly Call[]) {
  if (calls.length === 0) return {};
  return { tool_calls: calls.map(({ name, text }) => ({ function: { name, arguments: parsed(text) } })) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function factsOf(model: string): () => { model: string; created_at: string } {
  return () => ({ model, created_at: new Date().toISOString() });
}

function ended({ choices, usage }: { choices: Answers["choices"]; usage: Usage }, startMs = performance.now()) {
  return {
    done: true,
    done_reason: choices[0]!.finishReason === "length" ? "length" : "stop",
    total_duration: since(startMs),
    load_duration: 0,
    prompt_eval_count: usage.promptTokens,
    prompt_eval_duration: 0,
    eval_count: usage.completionTokens,
    eval_duration: since(startMs),
  };
}

type Facts = ReturnType<typeof factsOf>;

async function* chatLines(facts: Facts, events: AsyncIterable<GenerationEvent>): AsyncGenerator<object> {
  const startMs = performance.now();
  const answers = new Answers();
  const line = (message: object) => ({
    ...facts(),
    message: { role: "assistant", content: "", ...message },
    done: false,
  });
  for await (const event of events) {
    answers.add(event);
    if (event.type === "text" && event.text) yield line({ content: event.text });
    else if (event.type === "reasoning") yield line({ thinking: event.text });
    else if (event.type === "call-end") yield line(called([answers.choices[0]!.calls[event.call]!]));
  }
  yield { ...facts(), message: { role: "assistant", content: "" }, ...ended(answers, startMs) };
}

async function* generateLines(facts: Facts, events: AsyncIterable<GenerationEvent>): AsyncGenerator<object> {
  const startMs = performance.now();
  const answers = new Answers();
  for await (const event of events) {
    answers.add(event);
    if (event.type === "text" && event.text) yield { ...facts(), response: event.text, done: false };
    else if (event.type === "reasoning") yield { ...facts(), response: "", thinking: event.text, done: false };
  }
  yield { ...facts(), response: "", ...ended(answers, startMs), context: [] };
}

function toTag({ id, created, makes }: ServedModel) {
  const family = makes === "text" ? "loam" : "loam-embed";
  return {
    ...{ name: id, model: id, modified_at: new Date(created * 1000).toISOString(), size: 0, digest: "" },
    details: {
      parent_model: "",
      format: "loam",
      family,
      families: [family],
      parameter_size: "",
      quantization_level: "",
    },
  };
}

function toShown(model: ServedModel) {
  const capabilities = model.makes === "text" ? ["completion", "tools"] : ["embedding"];
  const { details, modified_at } = toTag(model);
  const info = model.contextLength === undefined ? {} : { "general.context_length": model.contextLength };
  return { modelfile: "", parameters: "", template: "", details, modified_at, capabilities, model_info: info };
}

const toOllamaError = (error: unknown): object => ({ error: toOpenAiError(error).message });

function respondToOllamaError(error: Error, c: Context): Response {
  const { status } = toOpenAiError(error);
  if (status >= 500 && !(error instanceof LoamError)) console.error(loggable(error));
  return c.json(toOllamaError(error), status as ContentfulStatusCode);
}
