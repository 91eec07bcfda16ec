import { join } from "node:path";
import { readSafetensors } from "@loam/formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenTexts } from "../../scripts/use-lite-texts.ts";
import { openUseLite } from "./embedder.ts";

/** Components of unit vectors; the recorded ones are rounded to 4e-6. */
const TOLERANCE = 1e-4;
const STEP = 2 ** -17;

describe("Universal Sentence Encoder Lite", () => {
  let embedder: Awaited<ReturnType<typeof openUseLite>>;
  beforeAll(async () => {
    embedder = await openUseLite({ threads: 2 });
  });
  afterAll(() => embedder?.close());

  test("vectors equal the TensorFlow.js graph's on 200 texts, in whatever batch they come", async () => {
    const texts = goldenTexts();
    const vectors = await embedder.embed(texts);
    const { tensors } = await readSafetensors(join(import.meta.dirname, "../../golden/use-lite/golden.safetensors"));
    const golden = tensors.get("embeddings")!.data as Int16Array;
    for (const [i, vector] of vectors.entries()) {
      let worst = 0;
      for (const [j, x] of vector.entries()) worst = Math.max(worst, Math.abs(x - golden[i * 512 + j]! * STEP));
      expect(worst, JSON.stringify(texts[i]!.slice(0, 80))).toBeLessThan(TOLERANCE);
    }
  });

  test("vectors have unit length, the empty text's too", async () => {
    for (const vector of await embedder.embed(["", "hello"])) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
  });

  test("related sentences are closer than unrelated ones", async () => {
    const [a, b, c] = await embedder.embed(["How old are you?", "What is your age?", "The stock market fell today."]);
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    expect(dot(a!, b!)).toBeGreaterThan(dot(a!, c!) + 0.2);
  });

  test("no texts give no vectors, and pieces are counted beyond the limit", async () => {
    expect(await embedder.embed([])).toEqual([]);
    expect(embedder.countTokens("word ".repeat(300))).toBeGreaterThan(128);
  });

  test("a fired signal stops the work", async () => {
    await expect(embedder.embed(["x"], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  });
});
