import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCrossEncoder } from "./cross-encoder.ts";

const folder = join(import.meta.dirname, "../../golden/cross-encoder");

describe.each(["bert", "roberta"])("a cross-encoder on %s", (kind) => {
  const path = join(folder, kind);
  const { query, passages, scores } = JSON.parse(readFileSync(join(path, "golden.json"), "utf8"));

  test("scores as transformers does, long pairs cut and short ones padded, in the order of the passages", async () => {
    const reranker = await openCrossEncoder(path);
    const found = await reranker.score(query, passages);
    expect([...found]).toHaveLength(scores.length);
    for (const [i, score] of found.entries()) expect(score, passages[i]).toBeCloseTo(scores[i], 4);
    expect([...(await reranker.score(query, []))]).toEqual([]);
    await expect(reranker.score(query, passages, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    await reranker.close();
  });
});

test("a model that scores no pairs says so", async () => {
  const decoder = join(import.meta.dirname, "../../golden/models/qwen2");
  await expect(openCrossEncoder(decoder)).rejects.toMatchObject({
    code: expect.stringMatching(/^no_(score|tokenizer)$/),
  });
});
