import type { EmbeddingModelV4 } from "@ai-sdk/provider";
import { UnavailableError } from "@loam/core";
import type { Embedder } from "@loam/models";
import { estimateTokens, openModelSpan } from "@loam/observe";
import { toModelError } from "./model-errors.ts";

export interface RemoteEmbedderOptions {
  /** The name before the colon: `openai`. */
  provider: string;
  baseUrl?: string;
  /** Width of the vectors, when it is known before the first answer. */
  dimensions?: number;
  /** Limits of one request: OpenAI takes 2048 texts and 300,000 tokens. */
  maxTexts?: number;
  maxTokens?: number;
  /** Requests at a time. */
  concurrency?: number;
}

/**
 * An embedding model behind an API as an {@link Embedder}: texts are batched, vectors scaled to unit length and
 * checked, every request is a span.
 *
 * @throws {UnavailableError} when the service does not answer, or answers the wrong number or width of vectors.
 */
export function remoteEmbedder(
  model: EmbeddingModelV4,
  { provider, baseUrl, dimensions, maxTexts = 256, maxTokens = 100_000, concurrency = 4 }: RemoteEmbedderOptions,
): Embedder {
  const id = `${provider}:${model.modelId}`;
  let width = dimensions;

  async function embedBatch(texts: string[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const span = openModelSpan({ operation: "embeddings", provider, model: model.modelId, baseUrl, inputs: texts });
    try {
      // OpenAI refuses the empty string; a blank one means the same.
      const values = texts.map((text) => (text === "" ? " " : text));
      const { embeddings, usage } = await span.run(() => model.doEmbed({ values, abortSignal: signal }));
      span.respond({
        usage: usage && Number.isFinite(usage.tokens) ? { inputTokens: usage.tokens } : undefined,
        embeddingDimensions: embeddings[0]?.length,
      });
      return checked(embeddings, texts.length);
    } catch (error) {
      const failure = toModelError(error, { provider, model: model.modelId });
      span.fail(failure);
      throw failure;
    } finally {
      span.end();
    }
  }

  function checked(vectors: number[][], count: number): Float32Array[] {
    const wrong = (what: string) =>
      new UnavailableError(provider, `${id} answered ${what}.`, {
        hint: "check the base URL and the name of the model",
      });
    if (vectors.length !== count) throw wrong(`${vectors.length} vectors for ${count} texts`);
    return vectors.map((vector) => {
      width ??= vector.length;
      if (vector.length === 0 || vector.length !== width)
        throw wrong(`a vector of width ${vector.length} where ${width} was expected`);
      const length = Math.hypot(...vector);
      if (!Number.isFinite(length) || length === 0) throw wrong("a vector that is zero or not finite");
      return Float32Array.from(vector, (value) => value / length);
    });
  }

  return {
    id,
    get dimensions() {
      return width;
    },
    countTokens: estimateTokens,
    async embed(texts, { signal } = {}) {
      const limit = Math.min(maxTexts, (await model.maxEmbeddingsPerCall) ?? maxTexts);
      const batches = toBatches(texts, { maxTexts: limit, maxTokens });
      const results = new Array<Float32Array[]>(batches.length);
      const stop = new AbortController();
      const combined = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
      let next = 0;
      const work = async () => {
        for (let index = next++; index < batches.length; index = next++) {
          combined.throwIfAborted();
          results[index] = await embedBatch(batches[index]!, combined);
        }
      };
      try {
        await Promise.all(Array.from({ length: Math.min(concurrency, batches.length) }, work));
      } catch (error) {
        stop.abort();
        throw error;
      }
      return results.flat();
    },
  };
}

function toBatches(
  texts: readonly string[],
  { maxTexts, maxTokens }: { maxTexts: number; maxTokens: number },
): string[][] {
  const batches: string[][] = [];
  let tokens = 0;
  for (const text of texts) {
    const size = estimateTokens(text);
    const current = batches.at(-1);
    if (current && current.length < maxTexts && tokens + size <= maxTokens) {
      current.push(text);
      tokens += size;
    } else {
      batches.push([text]);
      tokens = size;
    }
  }
  return batches;
}
