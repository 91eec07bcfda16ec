import { operation } from "@loam/core";
import type { Embedder } from "@loam/models";
import { z } from "zod";

export const embedOperation = operation({
  name: "embed",
  summary: "Turn texts into vectors of unit length, whose dot product is the cosine similarity",
  lasts: "moment",
  input: z.strictObject({
    texts: z.array(z.string().min(1).max(100_000)).min(1).max(2048).describe("texts, one vector each"),
  }),
  run: async (embedder: Embedder, { texts }, { signal }) => {
    const vectors = (await embedder.embed(texts, { signal })).map((vector) => [...vector]);
    return { model: embedder.id, dimensions: vectors[0]!.length, vectors };
  },
});
