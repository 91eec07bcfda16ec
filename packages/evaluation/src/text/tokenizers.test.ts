import { expect, test } from "vitest";
import { RougeScorer } from "../rouge/rouge-scorer.ts";
import { detectTokenizer, wordTokenizer } from "./tokenizers.ts";

const texts = {
  Chinese: "今天天气很好，我们去公园散步。",
  Japanese: "東京は日本の首都で、人口が多いです。カタカナも読めます。",
  Thai: "ภาษาไทยเป็นภาษาที่มีความไพเราะ",
  Korean: "서울은 대한민국의 수도이다.",
  Arabic: "اللغة العربية جميلة",
  Hindi: "हिन्दी भारत की भाषा है",
  Greek: "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας",
  Russian: "Москва — столица России",
  "mixed Chinese and English": "我用 TypeScript 写 LLM 应用程序",
};

test.each(Object.entries(texts))("identical %s texts score 1, and are cut into several words", (_, text) => {
  const tokenizer = detectTokenizer([text]);
  expect(tokenizer.name).toMatch(/^words\(any, ICU [\d.]+\)$/);
  expect(tokenizer.tokenize(text).length).toBeGreaterThan(2);
  const scores = new RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], { tokenizer }).score(text, text);
  for (const { precision, recall, f } of Object.values(scores)) expect([precision, recall, f]).toEqual([1, 1, 1]);
});

test("texts in ASCII keep the reference's tokenizer, some foreign names in them included", () => {
  expect(detectTokenizer(["The café opened in 1999 and closed."]).name).toBe("rouge_score");
  expect(detectTokenizer(["The cat sat."], { stem: true }).name).toBe("rouge_score+porter");
});

test("words come without punctuation, in lower case and composed", () => {
  expect(wordTokenizer().tokenize("Cafe\u0301, DON’T stop — 3.5 km!")).toEqual(["café", "don’t", "stop", "3.5", "km"]);
});

test("nothing but punctuation has no words", () => {
  expect(wordTokenizer().tokenize("。，、！？…—")).toEqual([]);
});
