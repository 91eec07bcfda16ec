import { describe, expect, test } from "vitest";
import { fuseRankings } from "./fusion.ts";
import { KeywordIndex } from "./keyword-index.ts";
import { hanShare, searchTerms } from "./words.ts";

describe("search terms", () => {
  test("English is folded, stemmed and freed of function words; numbers stay whole", () => {
    expect(searchTerms("The models were TRAINED on 1,250.5 hours of ﬁltered speech")).toEqual([
      "model",
      "train",
      "1250.5",
      "hour",
      "filter",
      "speech",
    ]);
  });

  test("full-width letters and digits meet their half-width twins", () => {
    expect(searchTerms("ＢＥＲＴ ２０２４")).toEqual(searchTerms("bert 2024"));
  });

  test("a Chinese question meets a text that is cut differently", () => {
    const text = new Set(searchTerms("本文研究深度学习模型的训练成本"));
    expect(searchTerms("训练成本是多少").some((term) => text.has(term))).toBe(true);
    expect(searchTerms("模型训练").filter((term) => text.has(term))).toEqual(expect.arrayContaining(["模型", "训练"]));
  });

  test("the share of Chinese letters ignores digits and spaces", () => {
    expect(hanShare("图 3 accuracy")).toBeCloseTo(1 / 9);
    expect(hanShare("123")).toBe(0);
  });
});

describe("keyword index", () => {
  const texts = [
    "The reward model is trained on preference data.",
    "Figure captions describe rewards and charts.",
    "训练数据包括八十万个样本。",
    "reward reward reward",
  ];
  const build = () => {
    const index = new KeywordIndex();
    texts.forEach((text, row) => {
      index.add(row, text);
    });
    return index;
  };

  test("scores as the formula says", () => {
    const index = new KeywordIndex();
    index.add(0, "alpha beta");
    index.add(1, "alpha alpha gamma delta");
    const idf = Math.log(1 + (2 - 1 + 0.5) / 1.5);
    const length = 1 - 0.75 + (0.75 * 2) / 3;
    expect(index.search("beta", { k: 5 })).toEqual([
      { row: 0, score: expect.closeTo((idf * 2.2) / (1 + 1.2 * length), 6) },
    ]);
  });

  test("finds inflected English and Chinese words, and nothing for words that are not there", () => {
    const index = build();
    expect(index.search("training with preferences", { k: 1 })[0]!.row).toBe(0);
    expect(index.search("样本有多少", { k: 1 })[0]!.row).toBe(2);
    expect(index.search("zebra", { k: 3 })).toEqual([]);
  });

  test("a removed row is found no more, and its number can be used again", () => {
    const index = build();
    index.remove(3);
    index.remove(3);
    expect(index.search("reward", { k: 9 }).map((h) => h.row)).not.toContain(3);
    index.add(3, "zebra");
    expect(index.search("zebra", { k: 9 }).map((h) => h.row)).toEqual([3]);
    expect(index.search("reward", { k: 9 }).map((h) => h.row)).not.toContain(3);
    expect(index.size).toBe(4);
  });

  test("adding and removing in any order leaves the scores of an index built fresh", () => {
    const index = build();
    for (let row = 10; row < 3_000; row++) index.add(row, `reward noise ${row}`);
    for (let row = 10; row < 3_000; row++) index.remove(row);
    expect(index.search("reward model", { k: 9 })).toEqual(build().search("reward model", { k: 9 }));
  });
});

test("rank fusion prefers what both sides found", () => {
  const fused = fuseRankings([
    { items: ["a", "b", "c"], weight: 1 },
    { items: ["c", "d"], weight: 1 },
  ]);
  expect(fused[0]).toEqual({ item: "c", score: 1 / 63 + 1 / 61, ranks: [3, 1] });
  expect(fused.map((f) => f.item)).toEqual(["c", "a", "b", "d"]);
});
