import { ArgumentError } from "@loam/core";
import { Hono } from "hono";
import { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { optional } from "../wire/optional.ts";
import { readJson } from "../wire/read-json.ts";

const mostInputs = 2048;
const tokenIds = z.array(z.int().min(0)).min(1);
const EmbeddingRequest = z.strictObject({
  model: z.string().min(1),
  input: z.union([
    z.string().min(1, "expected a text that is not empty"),
    z.array(z.string().min(1)).min(1).max(mostInputs),
    tokenIds,
    z.array(tokenIds).min(1).max(mostInputs),
  ]),
  encoding_format: optional(z.enum(["float", "base64"])),
  dimensions: optional(z.int().min(1)),
  user: optional(z.string()),
});

export function embeddingRoutes({ platform: { registry } }: Services) {
  const app = new Hono();
  app.post("/embeddings", async (c) => {
    const { model, input, encoding_format = "float", dimensions } = await readJson(c, EmbeddingRequest);
    const embedder = await registry.openEmbedder(model);
    const texts = toTexts(input);
    const vectors = await embedder.embed(texts, { signal: c.req.raw.signal });
    const tokens = texts.reduce((sum, text) => sum + embedder.countTokens(text), 0);
    const width = vectors[0]?.length ?? 0;
    if (dimensions !== undefined && dimensions > width)
      throw new ArgumentError("dimensions", dimensions, `at most ${width}, the width of ${model}`);
    return c.json({
      object: "list",
      model,
      data: vectors.map((vector, index) => {
        const short = shortened(vector, dimensions);
        return { object: "embedding", index, embedding: encoding_format === "base64" ? toBase64(short) : [...short] };
      }),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  });
  return app;
}

function toTexts(input: z.output<typeof EmbeddingRequest>["input"]): string[] {
  if (typeof input === "string") return [input];
  if (typeof input[0] === "string") return input as string[];
  throw new ArgumentError(
    "input",
    input,
    "text: token ids are those of another model's vocabulary",
    "in LangChain set `check_embedding_ctx_length=False`",
  );
}

/** The first numbers of a vector, at unit length again. */
function shortened(vector: Float32Array, dimensions: number | undefined): Float32Array {
  if (dimensions === undefined || dimensions === vector.length) return vector;
  const head = vector.slice(0, dimensions);
  const length = Math.hypot(...head);
  return length === 0 ? head : head.map((value) => value / length);
}

/** float32, little-endian, as OpenAI sends it. */
function toBase64(vector: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [i, value] of vector.entries()) bytes.setFloat32(i * 4, value, true);
  return Buffer.from(bytes.buffer).toString("base64");
}
