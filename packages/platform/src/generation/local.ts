import { randomBytes, randomInt } from "node:crypto";
import { InputError, leave } from "@loam/core";
import {
  type AnswerEnd,
  type AnswerPiece,
  answer,
  type ChatMessage,
  type ChatTool,
  type Constraint,
  type DecoderModel,
  offeredTools,
  type TextGenerator,
  tokenBytes,
} from "@loam/models";
import { CustomInput, customParameters } from "./custom-input.ts";
import type { FinishReason, GenerationEvent, TokenLogprob } from "./event.ts";
import { merge } from "./merge.ts";
import { textOf } from "./message-text.ts";
import type { GenerationRequest, Message, ResponseFormat, Sampling, Tool } from "./request.ts";

/** Generates with a model of this process. */
export function generateLocally(
  generator: TextGenerator,
  request: GenerationRequest,
  { signal, owner }: { signal?: AbortSignal; owner?: string } = {},
): AsyncGenerator<GenerationEvent> {
  const seed = request.seed ?? randomInt(2 ** 31);
  const messages = request.messages.map(toChatMessage);
  const choices = Array.from({ length: request.n ?? 1 }, (_, choice) =>
    oneChoice(generator, request, { messages, choice, seed: seed + choice, signal, owner }),
  );
  return choices.length === 1 ? choices[0]! : merge(choices);
}

async function* oneChoice(
  generator: TextGenerator,
  request: GenerationRequest,
  {
    messages,
    choice,
    seed,
    signal,
    owner,
  }: { messages: readonly ChatMessage[]; choice: number; seed: number; signal?: AbortSignal; owner?: string },
): AsyncGenerator<GenerationEvent> {
  const { model } = generator;
  const tools = request.tools ?? [];
  const pieces = answer(generator, messages, {
    ...samplingOptions(model, request),
    seed,
    stop: request.stop,
    maxNewTokens: request.maxTokens,
    logprobs: request.logprobs ? (request.topLogprobs ?? 0) : undefined,
    constraint: constraintOf(request.responseFormat),
    tools: tools.map(toChatTool),
    toolChoice: request.toolChoice,
    parallelCalls: request.parallelToolCalls,
    templateVariables: {
      ...(request.reasoningEffort === "none" ? { enable_thinking: false } : {}),
      ...request.templateVariables,
    },
    signal,
    owner,
  });
  const read = callReader(choice, tools);
  try {
    for (;;) {
      const next = await pieces.next();
      if (next.done) {
        yield { choice, ...toFinish(next.value) };
        return;
      }
      yield* read(next.value, model);
    }
  } catch (error) {
    throw schemaError(error, tools);
  } finally {
    await leave(pieces);
  }
}

/** Pieces of an answer as events: calls get ids, custom tools their text. */
function callReader(choice: number, tools: readonly Tool[]) {
  let call = -1;
  let custom: CustomInput | undefined;
  return function* read(piece: AnswerPiece, model: DecoderModel): Generator<GenerationEvent> {
    switch (piece.type) {
      case "call-start": {
        call++;
        const kind = tools.find(({ name }) => name === piece.name)?.type ?? "function";
        custom = kind === "custom" ? new CustomInput() : undefined;
        yield { choice, type: "call-start", call, id: newCallId(), name: piece.name, kind };
        return;
      }
      case "call-delta": {
        const text = custom ? custom.push(piece.text) : piece.text;
        if (text) yield { choice, type: "call-delta", call, text };
        return;
      }
      case "call-end":
        yield { choice, type: "call-end", call };
        return;
      case "reasoning":
        yield { choice, type: "reasoning", text: piece.text };
        return;
      case "text": {
        const logprobs = piece.tokens?.map((token) => toLogprob(model, token));
        if (piece.text || logprobs) yield { choice, type: "text", text: piece.text, ...(logprobs && { logprobs }) };
      }
    }
  };
}

function toFinish({ finishReason, promptTokens, newTokens, reasoningTokens, cachedTokens, stoppedBy }: AnswerEnd) {
  const reason: FinishReason = finishReason === "tool-calls" ? "tool_calls" : finishReason;
  const usage = { promptTokens, cachedTokens, completionTokens: newTokens, reasoningTokens };
  return { type: "finish" as const, reason, usage, ...(stoppedBy === undefined ? {} : { stoppedBy }) };
}

/** What is asked, over what the checkpoint asks for; a temperature of 1 where neither says. */
export function samplingOptions(model: DecoderModel, request: Sampling) {
  const { temperature, topP, topK, minP, frequencyPenalty, presencePenalty, repetitionPenalty, logitBias } = request;
  const asked = { temperature, topP, topK, minP, frequencyPenalty, presencePenalty, repetitionPenalty, logitBias };
  const said = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined && value !== null));
  // A top_p of 0 leaves the most probable token, which the sampler spells as the smallest share there is.
  if (said.topP === 0) said.topP = Number.MIN_VALUE;
  return { temperature: 1, ...model.samplingDefaults, ...said };
}

export function toLogprob(
  { tokenizer }: DecoderModel,
  { id, logprob, top }: { id: number; logprob: number | null; top: { id: number; logprob: number }[] },
): TokenLogprob {
  const spelled = (token: number) => {
    const bytes = tokenBytes(tokenizer!, token);
    return { token: new TextDecoder().decode(bytes), id: token, bytes: [...bytes] };
  };
  return { ...spelled(id), logprob, top: top.map((other) => ({ ...spelled(other.id), logprob: other.logprob })) };
}

function constraintOf(format: ResponseFormat | undefined): Constraint | undefined {
  if (!format || format.type === "text") return undefined;
  if (format.type === "json_object") return { schema: { type: "object" } };
  return { schema: format.schema, strict: format.strict };
}

/** The functions that a model is told of. */
export function offeredChatTools({ tools = [], toolChoice = "auto" }: Pick<GenerationRequest, "tools" | "toolChoice">) {
  return offeredTools(tools.map(toChatTool), toolChoice).offered;
}

function toChatTool(tool: Tool): ChatTool {
  const { name, description } = tool;
  const parameters =
    tool.type === "custom"
      ? customParameters(tool.format && tool.format.type === "grammar" ? { grammar: tool.format } : undefined)
      : (tool.parameters ?? { type: "object", properties: {}, additionalProperties: false });
  return { name, description, parameters, strict: tool.type === "custom" || tool.strict === true };
}

/** What is wrong with a schema, by the field of the request that it stands in. */
function schemaError(error: unknown, tools: readonly Tool[]): unknown {
  if (!(error instanceof InputError) || !/^invalid_(schema|grammar)$/.test(error.code)) return error;
  const at = tools.findIndex(({ name }) => name === error.details.function);
  const field = tools[at]?.type === "custom" ? "format" : "parameters";
  const name = at < 0 ? "responseFormat.schema" : `tools[${at}].${field}`;
  return new InputError(error.code, error.message, { details: { ...error.details, name } });
}

/** A message as chat templates read it. */
export function toChatMessage(message: Message, index: number): ChatMessage {
  const { role, name, tool_calls, tool_call_id, reasoning_content } = message;
  return {
    role: role === "developer" ? "system" : role === "function" ? "tool" : role,
    content: textOf(message, `messages[${index}]`),
    ...(name !== undefined && { name }),
    ...(tool_call_id !== undefined && { tool_call_id }),
    ...(reasoning_content !== undefined && { reasoning_content }),
    ...(tool_calls && {
      tool_calls: tool_calls.map((call) => ({
        id: call.id,
        type: "function",
        function:
          call.type === "custom"
            ? { name: call.custom.name, arguments: JSON.stringify({ input: call.custom.input }) }
            : call.function,
      })),
    }),
  };
}

const newCallId = (): string => `call_${randomBytes(12).toString("hex")}`;
