import { ArgumentError, UnsupportedError } from "@loam/core";
import {
  Answers,
  complete,
  type GenerationEvent,
  type GenerationServices,
  newObjectId,
  type Usage,
} from "@loam/platform";
import { Hono } from "hono";
import type { Services } from "../../../services/services.ts";
import { systemFingerprint } from "../chat-completions/object.ts";
import { toOpenAiError } from "../wire/errors.ts";
import { readJson } from "../wire/read-json.ts";
import { toSampling } from "../wire/sampling-schema.ts";
import { type ServerSentEvent, streamEvents } from "../wire/sse.ts";
import { addUsage, toCompletionUsage, toTextChoice } from "./object.ts";
import { CompletionRequest } from "./schema.ts";

/** OpenAI's own default, which is short. */
const defaultMaxTokens = 16;

export function completionRoutes({ platform }: Services) {
  const app = new Hono();
  app.post("/completions", async (c) => {
    const request = await readJson(c, CompletionRequest);
    checkTogether(request);
    const facts = {
      id: newObjectId("chat_completion").replace("chatcmpl-", "cmpl-"),
      object: "text_completion" as const,
      created: Math.floor(Date.now() / 1000),
      model: request.model,
      system_fingerprint: systemFingerprint,
    };
    if (request.stream) {
      return await streamEvents(c, toChunks(facts, request, platform, c.req.raw.signal), {
        onError: (error) => {
          const { status: _, ...body } = toOpenAiError(error);
          return [{ data: { error: { ...body, code: body.code ?? "server_error" } } }, { data: "[DONE]" }];
        },
      });
    }
    const n = request.n ?? 1;
    let usage: Usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };
    const choices = [];
    for (const [p, prompt] of toPrompts(request.prompt).entries()) {
      const answers = new Answers(n);
      for await (const event of start(request, prompt, platform, c.req.raw.signal)) answers.add(event);
      usage = addUsage(usage, answers.usage);
      for (const [i, { text, logprobs, finishReason }] of answers.choices.entries()) {
        const asked = request.logprobs === undefined ? undefined : logprobs;
        choices.push(toTextChoice({ index: p * n + i, text, logprobs: asked, finishReason, offset: 0 }));
      }
    }
    return c.json({ ...facts, choices, usage: toCompletionUsage(usage) });
  });
  return app;
}

type Facts = Record<string, unknown>;

async function* toChunks(
  facts: Facts,
  request: CompletionRequest,
  services: GenerationServices,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  const n = request.n ?? 1;
  const includeUsage = request.stream_options?.include_usage === true;
  const more = includeUsage ? { usage: null } : {};
  let usage: Usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };
  for (const [p, prompt] of toPrompts(request.prompt).entries()) {
    const answers = new Answers(n);
    for await (const event of start(request, prompt, services, signal)) {
      const offset = [...answers.choices[event.choice]!.text].length;
      answers.add(event);
      const index = p * n + event.choice;
      if (event.type === "text") {
        const { text, logprobs } = event;
        yield {
          data: { ...facts, choices: [toTextChoice({ index, text, logprobs, finishReason: null, offset })], ...more },
        };
      } else if (event.type === "finish") {
        const end = { index, text: "", logprobs: undefined, finishReason: event.reason, offset };
        yield { data: { ...facts, choices: [toTextChoice(end)], ...more } };
      }
    }
    usage = addUsage(usage, answers.usage);
  }
  if (includeUsage) yield { data: { ...facts, choices: [], usage: toCompletionUsage(usage) } };
  yield { data: "[DONE]" };
}

function start(
  request: CompletionRequest,
  prompt: string | number[],
  services: GenerationServices,
  signal: AbortSignal,
): AsyncIterable<GenerationEvent> {
  const generation = {
    ...toSampling(request),
    model: request.model,
    prompt,
    n: request.n,
    echo: request.echo,
    logprobs: request.logprobs !== undefined,
    topLogprobs: request.logprobs,
    maxTokens: request.max_tokens ?? defaultMaxTokens,
  };
  return complete(services, generation, { signal });
}

function checkTogether({
  suffix,
  best_of: bestOf,
  n = 1,
  stream,
  stream_options,
  echo,
  max_tokens,
}: CompletionRequest) {
  if (suffix)
    throw new UnsupportedError(
      "`suffix` needs a model that was trained to fill a gap; this one continues texts only.",
      {
        details: { name: "suffix" },
        hint: "leave `suffix` out",
      },
    );
  if (bestOf !== undefined && bestOf !== n)
    throw new UnsupportedError(
      `\`best_of\` is ${bestOf} with \`n\` ${n}: only as many answers as asked for are written.`,
      {
        details: { name: "best_of" },
        hint: "ask for `n` with `logprobs` and choose among them",
      },
    );
  if (stream_options && !stream) throw new ArgumentError("stream_options", stream_options, "`stream: true` beside it");
  if (max_tokens === 0 && !echo)
    throw new ArgumentError("max_tokens", 0, "at least 1 where the prompt is not given back by `echo`");
}

function toPrompts(prompt: CompletionRequest["prompt"]): (string | number[])[] {
  if (typeof prompt === "string") return [prompt];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as (string | number[])[]);
}
