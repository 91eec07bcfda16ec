import { NotFoundError } from "@loam/core";
import type { Embedder } from "@loam/models";
import { openModelSpan } from "@loam/observe";

/** The embedding models that run in this process. */
const LOCAL_EMBEDDERS = ["use-lite"] as const;

/** @throws {NotFoundError} naming the known ones. */
export async function openLocalEmbedder(model: string): Promise<Embedder> {
  if (!(LOCAL_EMBEDDERS as readonly string[]).includes(model))
    throw new NotFoundError("Local embedding model", model, {
      known: LOCAL_EMBEDDERS,
      hint: `known: ${LOCAL_EMBEDDERS.join(", ")}`,
    });
  const { openUseLite } = await import("@loam/models");
  return tracedEmbedder(await openUseLite(), model);
}

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
