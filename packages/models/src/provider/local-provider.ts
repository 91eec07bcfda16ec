import type {
  EmbeddingModelV4,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  SharedV4Warning,
} from "@ai-sdk/provider";
import { ArgumentError, leave, type OnProgress, UnsupportedError } from "@loam/core";
import { type ChatOptions, type ChatResult, chat } from "../chat/chat.ts";
import type { ChatTool } from "../chat/chat-tool.ts";
import { openCrossEncoder } from "../encoders/cross-encoder.ts";
import type { Embedder } from "../encoders/embedder.ts";
import type { Reranker } from "../encoders/reranker.ts";
import { openSentenceEmbedder } from "../encoders/sentence-embedder.ts";
import type { DecoderSessionOptions } from "../generation/decoder-session.ts";
import { TextGenerator } from "../generation/generate.ts";
import type { GeneratorWeights } from "../generation/generation.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { openUseLite } from "../use-lite/embedder.ts";
import { toChatMessages } from "./prompt.ts";

export interface LocalProviderOptions extends Pick<DecoderSessionOptions, "device" | "threads" | "memory" | "weights"> {
  /** Runs the adapters after the `+` of models' names; `@loam/peft` brings one. */
  openAdapters?: (model: DecoderModel, options: AdapterSessionOptions) => Promise<AdaptedGenerators>;
  onProgress?: OnProgress;
  /** Stops downloads; calls have signals of their own. */
  signal?: AbortSignal;
}

export type AdapterSessionOptions = Pick<DecoderSessionOptions, "device" | "threads" | "memory"> & GeneratorWeights;

/** A base model that writes text with any of several adapters, or without one. */
export interface AdaptedGenerators {
  /** Opens the adapter in a folder at its first use; without a folder, the base model. */
  open(adapterFolder?: string): Promise<TextGenerator>;
  close(): Promise<void>;
}

/** Local models as the AI SDK takes them. */
export interface LocalProvider {
  /** @param name hub id or path, and optionally `+` and the folder of an adapter. */
  languageModel(name: string): LanguageModelV4;
  /** The generator behind {@link languageModel}. */
  generator(name: string): Promise<TextGenerator>;
  /** @param name hub id or path of an encoder, or `use-lite`. */
  embeddingModel(name: string): EmbeddingModelV4;
  /** The embedder behind {@link embeddingModel}. */
  embedder(name: string): Promise<Embedder>;
  /** @param name hub id or path of a cross-encoder. */
  reranker(name: string): Promise<Reranker>;
  /** Frees every model that has been opened. */
  close(): Promise<void>;
}

/** Models are opened at their first call and kept until the provider is closed. */
export function createLocalProvider(options: LocalProviderOptions = {}): LocalProvider {
  const { openAdapters, onProgress, signal, ...session } = options;
  const bases = new Map<string, Promise<AdaptedGenerators>>();
  const embedders = new Map<string, Promise<Embedder & { close(): Promise<void> }>>();

  const rerankers = new Map<string, Promise<Reranker & { close(): Promise<void> }>>();

  /** A failed opening is forgotten, so that the next call tries again. */
  function once<T>(opened: Map<string, Promise<T>>, name: string, open: () => Promise<T>): Promise<T> {
    let promise = opened.get(name);
    if (!promise) {
      promise = open();
      opened.set(name, promise);
      promise.catch(() => opened.delete(name));
    }
    return promise;
  }

  /** A base and its adapters share one model, and its weights. */
  async function openBase(base: string): Promise<AdaptedGenerators> {
    const model = await openModel(base, { onProgress, signal });
    if (model.kind !== "decoder")
      throw new ArgumentError("model", base, "a model that writes text", "use it as an embedding model");
    const roomy = { weights: "roomy" as const, ...session };
    return openAdapters ? openAdapters(model, roomy) : withoutAdapters(await TextGenerator.open(model, roomy));
  }

  async function openGenerator(name: string): Promise<TextGenerator> {
    const [base, adapter] = splitAdapter(name);
    return (await once(bases, base, () => openBase(base))).open(adapter);
  }

  const embedder = (name: string) =>
    once(embedders, name, () =>
      name === "use-lite" ? openUseLite(session) : openSentenceEmbedder(name, { ...session, onProgress, signal }),
    );

  return {
    generator: openGenerator,
    languageModel: (name) => localLanguageModel(name, () => openGenerator(name)),
    embeddingModel: (name) => toEmbeddingModel(name, () => embedder(name)),
    embedder,
    reranker: (name) => once(rerankers, name, () => openCrossEncoder(name, { ...session, onProgress, signal })),
    async close() {
      const opened = await Promise.allSettled([...bases.values(), ...embedders.values(), ...rerankers.values()]);
      bases.clear();
      embedders.clear();
      rerankers.clear();
      await Promise.all(opened.map((result) => (result.status === "fulfilled" ? result.value.close() : undefined)));
    },
  };
}

function withoutAdapters(generator: TextGenerator): AdaptedGenerators {
  return {
    async open(adapterFolder) {
      if (adapterFolder === undefined) return generator;
      throw new UnsupportedError(`${generator.model.name}+${adapterFolder}: this provider opens no adapters.`, {
        hint: "give createLocalProvider the `openAdapters` of @loam/peft",
      });
    },
    close: () => generator.close(),
  };
}

/** `base+adapter`; a `+` inside the base's own path is not supported. */
function splitAdapter(name: string): [base: string, adapter?: string] {
  const at = name.indexOf("+");
  return at < 0 ? [name] : [name.slice(0, at), name.slice(at + 1)];
}

function localLanguageModel(name: string, open: () => Promise<TextGenerator>): LanguageModelV4 {
  const start = async (call: LanguageModelV4CallOptions) => {
    const { options, warnings } = toChatOptions(call);
    const generator = await open();
    const messages = toChatMessages(call.prompt);
    return { warnings, answer: chat(generator, messages, { ...generator.model.samplingDefaults, ...options }) };
  };
  return {
    specificationVersion: "v4",
    provider: "local",
    modelId: name,
    supportedUrls: {},
    async doGenerate(call) {
      const { warnings, answer } = await start(call);
      const parts = { text: "", reasoning: "" };
      const calls: { name: string; input: string }[] = [];
      for (;;) {
        const next = await answer.next();
        if (!next.done) {
          if (next.value.type === "tool-call") calls.push(next.value);
          else parts[next.value.type] += next.value.text;
          continue;
        }
        return {
          content: [
            ...(parts.reasoning ? [{ type: "reasoning" as const, text: parts.reasoning }] : []),
            ...(parts.text ? [{ type: "text" as const, text: parts.text }] : []),
            ...calls.map((item) => ({
              type: "tool-call" as const,
              toolCallId: newCallId(),
              toolName: item.name,
              input: item.input,
            })),
          ],
          warnings,
          response: { modelId: name, timestamp: new Date() },
          ...toFinish(next.value),
        };
      }
    },
    async doStream(call) {
      const { warnings, answer } = await start(call);
      let open: { type: "text" | "reasoning"; id: string } | undefined;
      let count = 0;
      const stream = new ReadableStream<LanguageModelV4StreamPart>({
        start(controller) {
          controller.enqueue({ type: "stream-start", warnings });
          controller.enqueue({ type: "response-metadata", modelId: name, timestamp: new Date() });
        },
        async pull(controller) {
          const switchTo = (type?: "text" | "reasoning") => {
            if (open?.type === type) return;
            if (open) controller.enqueue({ type: `${open.type}-end`, id: open.id });
            open = type && { type, id: `${type}-${count++}` };
            if (open) controller.enqueue({ type: `${open.type}-start`, id: open.id });
          };
          try {
            const next = await answer.next();
            if (next.done) {
              switchTo();
              controller.enqueue({ type: "finish", ...toFinish(next.value) });
              controller.close();
              return;
            }
            const part = next.value;
            if (part.type === "tool-call") {
              switchTo();
              const id = newCallId();
              controller.enqueue({ type: "tool-input-start", id, toolName: part.name });
              controller.enqueue({ type: "tool-input-delta", id, delta: part.input });
              controller.enqueue({ type: "tool-input-end", id });
              controller.enqueue({ type: "tool-call", toolCallId: id, toolName: part.name, input: part.input });
            } else {
              switchTo(part.type);
              controller.enqueue({ type: `${part.type}-delta`, id: open!.id, delta: part.text });
            }
          } catch (error) {
            controller.enqueue({ type: "error", error });
            controller.close();
          }
        },
        async cancel() {
          await leave(answer);
        },
      });
      return { stream };
    },
  };
}

function toChatOptions(call: LanguageModelV4CallOptions): { options: ChatOptions; warnings: SharedV4Warning[] } {
  const warnings: SharedV4Warning[] = [];
  const tools: ChatTool[] = [];
  for (const tool of call.tools ?? []) {
    if (tool.type === "function") {
      tools.push({
        name: tool.name,
        description: tool.description,
        parameters: tool.inputSchema as Record<string, unknown>,
      });
    } else
      warnings.push({ type: "unsupported", feature: `tool ${tool.id}`, details: "local models call functions only" });
  }
  const choice = call.toolChoice;
  const json = call.responseFormat?.type === "json" ? call.responseFormat : undefined;
  const options: ChatOptions = {
    maxNewTokens: call.maxOutputTokens,
    temperature: call.temperature,
    topP: call.topP,
    topK: call.topK,
    frequencyPenalty: call.frequencyPenalty,
    presencePenalty: call.presencePenalty,
    seed: call.seed,
    stop: call.stopSequences,
    signal: call.abortSignal,
    constraint: json && (json.schema ? { schema: json.schema as Record<string, unknown> } : { json: true }),
    tools,
    toolChoice: choice?.type === "tool" ? { name: choice.toolName } : choice?.type,
    templateVariables: call.reasoning === "none" ? { enable_thinking: false } : undefined,
  };
  // What the caller left out keeps the model's own default.
  return { options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)), warnings };
}

function toFinish({ finishReason, promptTokens, newTokens }: ChatResult) {
  return {
    finishReason: { unified: finishReason, raw: finishReason },
    usage: {
      inputTokens: { total: promptTokens, noCache: promptTokens, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: newTokens, text: undefined, reasoning: undefined },
    },
  };
}

const newCallId = (): string => `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;

/** Any embedder as the AI SDK takes embedding models. */
export function toEmbeddingModel(name: string, open: () => Promise<Embedder>): EmbeddingModelV4 {
  return {
    specificationVersion: "v4",
    provider: "local",
    modelId: name,
    maxEmbeddingsPerCall: undefined,
    supportsParallelCalls: false,
    async doEmbed({ values, abortSignal }) {
      const embedder = await open();
      const vectors = await embedder.embed(values, { signal: abortSignal });
      const tokens = values.reduce((sum, text) => sum + embedder.countTokens(text), 0);
      return { embeddings: vectors.map((vector) => [...vector]), usage: { tokens }, warnings: [] };
    },
  };
}
