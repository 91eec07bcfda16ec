import { randomInt } from "node:crypto";
import { leave, UnsupportedError } from "@loam/core";
import { type DecoderModel, encodeWithin, type TextGenerator, type TokenLogprobs } from "@loam/models";
import type { GenerationEvent, TokenLogprob } from "./event.ts";
import type { GenerationServices } from "./generate.ts";
import { samplingOptions, toLogprob } from "./local.ts";
import { merge } from "./merge.ts";
import { generateRemotely } from "./remote.ts";
import type { CompletionRequest } from "./request.ts";
import { traced } from "./traced.ts";

/**
 * Continues a plain text. A remote model is asked for it as a chat, where it takes text and no echo.
 *
 * @throws {UnsupportedError} for what a remote model cannot do.
 */
export async function* complete(
  { registry }: GenerationServices,
  request: CompletionRequest,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<GenerationEvent> {
  const model = await registry.open(request.model, { signal });
  if (model.kind === "local") {
    yield* traced(request, completeLocally(model.generator, request, signal));
    return;
  }
  const { prompt, echo, logprobs, ...rest } = request;
  const unsupported = typeof prompt !== "string" ? "prompt" : echo ? "echo" : logprobs ? "logprobs" : undefined;
  if (unsupported || typeof prompt !== "string")
    throw new UnsupportedError(
      `\`${unsupported}\` of this kind needs a model of this machine; ${request.model} is remote.`,
      {
        details: { name: unsupported },
        hint: "choose one of `GET /v1/models` that is served here, or leave it out",
      },
    );
  yield* generateRemotely(model.languageModel, { ...rest, messages: [{ role: "user", content: prompt }] }, { signal });
}

async function* completeLocally(
  generator: TextGenerator,
  request: CompletionRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<GenerationEvent> {
  const { model } = generator;
  const { prompt, echo, maxTokens, logprobs, topLogprobs = 0 } = request;
  const ids = await toIds(model, prompt);
  const usage = { promptTokens: ids.length, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };
  const n = request.n ?? 1;
  let scored: TokenLogprob[] | undefined;
  if (echo && logprobs) {
    const scores = await generator.score(ids, { top: topLogprobs, signal });
    scored = scores.map((score) => toLogprob(model, score));
  }
  const front = (choice: number): GenerationEvent[] => {
    if (!echo) return [];
    const text = typeof prompt === "string" ? prompt : (model.tokenizer?.decode(ids) ?? "");
    return [{ choice, type: "text", text, ...(scored && { logprobs: scored }) }];
  };
  const seed = request.seed ?? randomInt(2 ** 31);
  const one = async function* (choice: number): AsyncGenerator<GenerationEvent> {
    yield* front(choice);
    if (maxTokens === 0) {
      yield { choice, type: "finish", reason: "length", usage };
      return;
    }
    const pieces = generator.stream(ids, {
      ...samplingOptions(model, request),
      seed: seed + choice,
      stop: request.stop,
      maxNewTokens: maxTokens,
      logprobs: logprobs ? topLogprobs : undefined,
      signal,
    });
    let pending: TokenLogprobs[] = [];
    try {
      for (;;) {
        const next = await pieces.next();
        if (next.done) {
          const { finishReason, ids: written } = next.value;
          yield { choice, type: "finish", reason: finishReason, usage: { ...usage, completionTokens: written.length } };
          return;
        }
        const { text, logprobs: token, id } = next.value;
        if (token && !model.eosTokenIds.includes(id)) pending.push(token);
        if (text === "") continue;
        yield {
          choice,
          type: "text",
          text,
          ...(logprobs && { logprobs: pending.map((one) => toLogprob(model, one)) }),
        };
        pending = [];
      }
    } finally {
      // Who leaves in the middle gives its place back.
      await leave(pieces);
    }
  };
  const choices = Array.from({ length: n }, (_, choice) => one(choice));
  yield* n === 1 ? choices[0]! : merge(choices);
}

/** Text as ids; an empty one as the mark that begins texts, or ends them where none begins. */
async function toIds(model: DecoderModel, prompt: string | readonly number[]): Promise<readonly number[]> {
  if (typeof prompt !== "string") return prompt;
  const { tokenizer, config, eosTokenIds } = model;
  if (!tokenizer)
    throw new UnsupportedError(`${model.name} has no tokenizer: give token ids.`, {
      details: { name: "prompt" },
      hint: "or add its tokenizer.json to the folder",
    });
  const within = { limit: config.maxPositions, parameter: "prompt", addSpecialTokens: true };
  const ids = await encodeWithin(tokenizer, prompt, within);
  return ids.length > 0 ? ids : eosTokenIds.slice(0, 1);
}
