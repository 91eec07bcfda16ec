import { z } from "@hono/zod-openapi";
import { InputError } from "@loam/core";
import { router } from "../../router.ts";
import type { Services } from "../../services.ts";

const EmbeddingRequest = z.object({
  model: z.string().default("embed"),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]),
  encoding_format: z.enum(["float", "base64"]).default("float"),
});

/** The parts of OpenAI's API that the `embed` role can serve: any OpenAI client can use it. */
export function embeddingRoutes({ models }: Services) {
  const app = router();
  app.get("/models", (c) =>
    c.json({ object: "list", data: [{ id: models.current.embed.id, object: "model", created: 0, owned_by: "loam" }] }),
  );
  app.post("/embeddings", async (c) => {
    const request = EmbeddingRequest.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success) {
      const issue = request.error.issues[0];
      throw new InputError("invalid_request", `\`${issue?.path.join(".") || "body"}\`: ${issue?.message}.`, {
        details: { name: issue?.path.join(".") },
        hint: 'send {"model": "embed", "input": "text or list of texts"}',
      });
    }
    const { input, encoding_format } = request.data;
    const { embed } = models.current;
    const texts = Array.isArray(input) ? input : [input];
    const vectors = await embed.embed(texts, { signal: c.req.raw.signal });
    const tokens = texts.reduce((sum, text) => sum + embed.countTokens(text), 0);
    return c.json({
      object: "list",
      model: embed.id,
      data: vectors.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: encoding_format === "base64" ? toBase64(vector) : [...vector],
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  });
  return app;
}

/** float32, little-endian, as OpenAI sends it. */
function toBase64(vector: ArrayLike<number>): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4));
  for (let i = 0; i < vector.length; i++) bytes.setFloat32(i * 4, vector[i]!, true);
  return Buffer.from(bytes.buffer).toString("base64");
}
