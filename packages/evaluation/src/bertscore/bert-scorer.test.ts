import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BertScorer } from "./bert-scorer.ts";
import { openDefaultTokenEncoder } from "./default-token-encoder.ts";
import { greedyMatching } from "./greedy-matching.ts";
import type { TokenEncoder } from "./token-encoder.ts";
import { openUseLiteTokenEncoder } from "./use-lite-token-encoder.ts";
import { cutToFit, splitIntoWindows } from "./windows.ts";

test("greedy matching by hand: two tokens against three", () => {
  const side = (vectors: number[], weights: number[]) => ({
    vectors: Float32Array.from(vectors),
    weights: Float64Array.from(weights),
    empty: false,
  });
  const hypothesis = side([1, 0, 0, 1], [1, 3]);
  const reference = side([1, 0, 0.6, 0.8, -1, 0], [0, 1, 1]);
  const { score, hypothesis: matches } = greedyMatching(hypothesis, reference, 2);
  expect(matches.map(({ match }) => match)).toEqual([0, 1]);
  expect(score.precision).toBeCloseTo((1 * 1 + 3 * 0.8) / 4, 6);
  expect(score.recall).toBeCloseTo((0.8 + 0) / 2, 6); // the third token's best partner stands at a right angle
});

describe("texts longer than the model reads", () => {
  const model = { maxTokens: 6, marks: { before: [101], after: [102] } };
  const text = (length: number) => [101, ...Array.from({ length }, (_, i) => i), 102];

  test("windows keep every token once, in order, whatever the length", () => {
    for (let length = 0; length < 60; length++) {
      const ids = text(length);
      const windows = splitIntoWindows(ids, model);
      expect(windows.flatMap((window) => window.ids.slice(window.keepFrom, window.keepTo))).toEqual(ids);
      for (const window of windows) expect(window.ids.length).toBeLessThanOrEqual(model.maxTokens);
    }
  });

  test("cutting keeps the closing mark", () => {
    expect(cutToFit(text(9), model)).toEqual([101, 0, 1, 2, 3, 102]);
  });
});

describe("with the encoder that is installed with Loam", () => {
  let encoder: TokenEncoder;
  beforeAll(async () => {
    encoder = await openUseLiteTokenEncoder({ threads: 1 });
  });
  afterAll(() => encoder.close?.());

  test("equal texts score 1, related ones more than unrelated ones, empty ones 0", async () => {
    const scorer = new BertScorer(encoder);
    const text = "The cat sat on the mat.";
    const { rows, hash } = await scorer.score(
      [text, text, text, "", "  "],
      [text, "A cat was sitting on the rug.", "Interest rates rose by a quarter point.", text, ""],
    );
    expect(rows[0]!.f).toBeCloseTo(1, 5);
    expect(rows[1]!.f).toBeGreaterThan(rows[2]!.f + 0.1);
    expect(rows.slice(3).map(({ precision, recall, f }) => [precision, recall, f])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(hash).toBe("local:use-lite_L2_no-idf_version=0.3.12(loam)_windows-of-128");
  });

  test("long texts are read in windows and flagged; their end counts", async () => {
    const scorer = new BertScorer(encoder);
    const long = "The library keeps maps of the old harbour. ".repeat(40);
    const { rows, longRows } = await scorer.score(
      [`${long}Whales sing.`, "Whales sing."],
      ["Whales sing.", "Whales sing."],
    );
    expect(longRows).toEqual([0]);
    expect(rows[0]!.windows).toBeGreaterThan(2);
    const cut = await new BertScorer(encoder, { longTexts: "cut" }).score([`${long}Whales sing.`], ["Whales sing."]);
    expect(cut.rows[0]).toMatchObject({ cut: true, windows: 1 });
    expect(cut.rows[0]!.recall).toBeLessThan(rows[0]!.recall);
  });

  test("of several references precision, recall and F each take the best", async () => {
    const scorer = new BertScorer(encoder);
    const [short, long] = ["the old harbour", "the old harbour is full of boats that sail to distant islands"];
    const hypothesis = "the old harbour is full";
    const both = await scorer.score([hypothesis], [[short, long]]);
    const each = await scorer.score([hypothesis, hypothesis], [short, long]);
    for (const part of ["precision", "recall", "f"] as const) {
      expect(both.rows[0]![part]).toBeCloseTo(Math.max(...each.rows.map((row) => row[part])), 5);
    }
  });

  test("scores do not depend on what else is scored in the same call", async () => {
    const scorer = new BertScorer(encoder);
    const alone = await scorer.score(["a red boat"], ["a blue ship"]);
    const among = await scorer.score(["a red boat", "x ".repeat(60)], ["a blue ship", "y ".repeat(90)]);
    expect(among.rows[0]!.f).toBeCloseTo(alone.rows[0]!.f, 5);
  });

  test("different counts are refused with the entry that has no partner", async () => {
    await expect(new BertScorer(encoder).score(["a", "b"], ["a"])).rejects.toThrow(
      '`references` is "1 entries"; expected 2, one per hypothesis. Entry 2 has no partner.',
    );
  });
});

describe("the default encoder", () => {
  test("without the hub, the one installed with Loam stands in for a language's model, and says so", async () => {
    const { HF_ENDPOINT, HF_HOME, HF_HUB_CACHE } = process.env;
    Object.assign(process.env, { HF_ENDPOINT: "http://127.0.0.1:9", HF_HOME: "/nonexistent" });
    delete process.env.HF_HUB_CACHE;
    try {
      const { encoder, instead } = await openDefaultTokenEncoder({ language: "zh-CN", threads: 1 });
      expect(encoder.id).toBe("local:use-lite_L2");
      expect(instead).toMatch(/^bert-base-chinese is not here: .*cannot be reached/);
      await encoder.close?.();
    } finally {
      for (const [name, value] of Object.entries({ HF_ENDPOINT, HF_HOME, HF_HUB_CACHE })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  test("a layer that the model lacks is refused", async () => {
    await expect(openDefaultTokenEncoder({ layer: 3 })).rejects.toThrow(
      "`layer` is 3; expected 0 (embeddings), 1 or 2.",
    );
  });
});
