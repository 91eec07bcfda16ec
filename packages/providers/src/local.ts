import { homedir } from "node:os";
import { join } from "node:path";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { type ModelRole, NotFoundError, nearestName, UnsupportedError } from "@loam/core";
import type { Embedder, LocalProvider, LocalProviderOptions, Reranker, TextGenerator } from "@loam/models";
import { openModelSpan, span } from "@loam/observe";
import { tracedLanguageModel } from "./traced-language-model.ts";

/** The embedding models that come with Loam. */
const builtInEmbedders = ["use-lite"];

let shared: Promise<LocalProvider> | undefined;

/** Models run in this process, as chat models with an adapter too: `local:BASE+ADAPTER_FOLDER`. */
export async function openLocalProvider(
  options: Omit<LocalProviderOptions, "openAdapters"> = {},
): Promise<LocalProvider> {
  const { createLocalProvider } = await import("@loam/models");
  return createLocalProvider({
    ...options,
    openAdapters: async (model, session) => (await import("@loam/peft")).openAdapterHost(model, session),
  });
}

/**
 * The local models of this process. All who name the same model share one, which stays open while the process runs or
 * until {@link closeLocalModels}.
 */
function sharedLocalProvider(): Promise<LocalProvider> {
  shared ??= openLocalProvider();
  return shared;
}

/** Frees the local models of this process; the next call of one reads it again. */
export async function closeLocalModels(): Promise<void> {
  await (await shared)?.close();
}

/**
 * A model that generates text in this process.
 *
 * @param name hub id, folder, `.gguf` or llama2.c `.bin`, and optionally `+` and the folder of an adapter. It is read (and, a hub id that is not in the cache, downloaded)
 *   at the first call.
 * @throws {UnsupportedError} for a model that makes vectors and no text.
 */
export async function openLocalLanguageModel(
  name: string,
  { role, local }: { role: ModelRole; local?: LocalProvider },
): Promise<LanguageModelV4> {
  if (builtInEmbedders.includes(name))
    throw new UnsupportedError(`\`local:${name}\` makes vectors and cannot generate text.`, {
      details: { role },
      hint: "name a model that does, such as local:Qwen/Qwen2.5-0.5B-Instruct or ollama:qwen3",
    });
  const provider = local ?? (await sharedLocalProvider());
  return tracedLanguageModel(provider.languageModel(expandHome(name)), { provider: "local" });
}

/** What runs a local model, opened now; everybody who names the model shares it. */
export async function openLocalGenerator(name: string): Promise<TextGenerator> {
  return (await sharedLocalProvider()).generator(expandHome(name));
}

/**
 * An embedding model in this process: the built-in one, or any encoder by hub id or folder.
 *
 * @throws {NotFoundError} when there is no such model.
 */
export async function openLocalEmbedder(name: string, { local }: { local?: LocalProvider } = {}): Promise<Embedder> {
  if (!builtInEmbedders.includes(name) && nearestName(name, builtInEmbedders))
    throw new NotFoundError("Local embedding model", name, { known: builtInEmbedders });
  const provider = local ?? (await sharedLocalProvider());
  return tracedEmbedder(await provider.embedder(expandHome(name)), name);
}

/** A cross-encoder in this process, by hub id or folder; each call is a span. */
export function openLocalReranker(name: string, { local }: { local?: LocalProvider } = {}): Reranker {
  return {
    id: `local:${name}`,
    score: (query, passages, options) =>
      span(
        "rerank",
        { kind: "reranker", attributes: { "loam.rerank.passages": passages.length, "loam.rerank.model": name } },
        async () => {
          const provider = local ?? (await sharedLocalProvider());
          return (await provider.reranker(expandHome(name))).score(query, passages, options);
        },
      ),
  };
}

/** Shells leave the `~` of `local:~/models/x` alone. */
const expandHome = (name: string): string => (name.startsWith("~/") ? join(homedir(), name.slice(2)) : name);

/** The same embedder, each call a span. */
function tracedEmbedder(embedder: Embedder, model: string): Embedder {
  return {
    id: embedder.id,
    get dimensions() {
      return embedder.dimensions;
    },
    countTokens: (text) => embedder.countTokens(text),
    async embed(texts, options) {
      const span = openModelSpan({ operation: "embeddings", provider: "local", model, inputs: texts });
      try {
        const vectors = await span.run(() => embedder.embed(texts, options));
        if (span.recording)
          span.respond({
            usage: { inputTokens: texts.reduce((sum, text) => sum + embedder.countTokens(text), 0) },
            embeddingDimensions: embedder.dimensions,
          });
        return vectors;
      } catch (error) {
        span.fail(error);
        throw error;
      } finally {
        span.end();
      }
    },
  };
}
