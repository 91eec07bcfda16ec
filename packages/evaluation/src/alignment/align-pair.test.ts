import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BertScorer } from "../bertscore/bert-scorer.ts";
import { openUseLiteTokenEncoder } from "../bertscore/use-lite-token-encoder.ts";
import { answerF1 } from "../qa/squad.ts";
import { RougeScorer } from "../rouge/rouge-scorer.ts";
import { rougeScoreTokenizer, tokenizerFor } from "../text/tokenizers.ts";
import { sentenceBleu } from "../translation/bleu.ts";
import { sentenceChrf } from "../translation/chrf.ts";
import { sentenceTer } from "../translation/ter.ts";
import { alignBertScore, alignPair } from "./align-pair.ts";
import { locateBleuTokens, locateCharacters, locatePieces } from "./locate-tokens.ts";
import type { PairAlignment } from "./pair-alignment.ts";

/** The stretches of both texts that each match covers. */
const stretches = ({ hypothesis, reference, matches }: PairAlignment, left: string, right: string) =>
  matches.map((match) => [
    match.hypothesis.map((i) => left.slice(hypothesis[i]!.start, hypothesis[i]!.end)).join("·"),
    match.reference.map((j) => right.slice(reference[j]!.start, reference[j]!.end)).join("·"),
  ]);

describe("places in the text as it was given", () => {
  test("stems stand for the words they come from", () => {
    const [left, right] = ["He Jumped over fences", "jumping over a FENCE"];
    const found = alignPair("rouge1", left, right, { stem: true });
    expect(stretches(found, left, right)).toEqual([
      ["Jumped", "jumping"],
      ["over", "over"],
      ["fences", "FENCE"],
    ]);
    expect(found.tokenizer).toBe("rouge_score+porter");
  });

  test("Chinese words, and characters, behind emoji and full-width marks", () => {
    const [left, right] = ["👩‍🔬🎉 今天天气很好！", "（今天）的天气好👍🏽极了"];
    const found = alignPair("rouge1", left, right);
    expect(found.tokenizer).toMatch(/^words/);
    expect(stretches(found, left, right)).toContainEqual(["天气", "天气"]);
    for (const [a, b] of stretches(found, left, right)) expect(a).toBe(b);
    const characters = alignPair("rougeL", left, right, { tokenizer: "characters" });
    expect(stretches(characters, left, right).map(([a]) => a)).toEqual(["今", "天", "天", "气", "好"]);
  });

  test("letters that grow or shrink when they are lower-cased or composed", () => {
    const text = "İzmir cafe\u0301 ΣΑΣ ﬁn 한국";
    for (const name of ["words", "rouge_score", "characters"] as const) {
      const tokenizer = tokenizerFor(name);
      for (const { token, start, end } of tokenizer.locate(text)) {
        expect(start).toBeLessThan(end);
        expect(tokenizer.tokenize(text.slice(start, end)).join("")).toContain(token.slice(0, 1));
      }
    }
    const words = tokenizerFor("words").locate(text);
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual(["İzmir", "cafe\u0301", "ΣΑΣ", "ﬁn", "한국"]);
  });

  test("BLEU's tokens: entities, split marks, hyphens at line ends, supplementary characters", () => {
    const text = '5&quot; screens, e.g. well-\nknown 𠮷野家 &amp; "more".';
    const spans = locateBleuTokens(text, "13a");
    expect(spans.map(({ token }) => token)).toContain("wellknown");
    for (const { token, start, end } of spans) {
      const plain = text.slice(start, end).replace("-\n", "").replace("&quot;", '"').replace("&amp;", "&");
      expect(plain).toBe(token);
    }
    const chinese = "我爱北京，2024年！";
    expect(
      locateBleuTokens(chinese, "zh")
        .map(({ start, end }) => chinese.slice(start, end))
        .join("|"),
    ).toBe("我|爱|北|京|，|2024|年|！");
    expect(locateCharacters("a 𠮷\n👍b").map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [2, 4],
      [5, 7],
      [7, 8],
    ]);
  });

  test("an encoder's pieces; what is not spelt in the text has an empty place", () => {
    const text = "Unbelievable  tides";
    const spans = locatePieces(text, ["[CLS]", "un", "##believ", "##able", "▁tides", "[SEP]"]);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(["", "Un", "believ", "able", "tides", ""]);
  });

  test("locating gives the tokens that tokenizing gives, in any text", () => {
    const tokenizers = [
      tokenizerFor("words"),
      tokenizerFor("characters"),
      rougeScoreTokenizer(),
      rougeScoreTokenizer({ stem: true }),
    ];
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        for (const tokenizer of tokenizers) {
          const spans = tokenizer.locate(text);
          expect(spans.map(({ token }) => token)).toEqual(tokenizer.tokenize(text));
          for (const [i, { start, end }] of spans.entries()) {
            expect(end).toBeGreaterThan(start);
            expect(start).toBeGreaterThanOrEqual(i === 0 ? 0 : spans[i - 1]!.start);
            expect(end).toBeLessThanOrEqual(text.length);
          }
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

const words = fc.array(fc.constantFrom("the", "cat", "sat", "on", "a", "mat", "dog", "ran"), { maxLength: 14 });
const text = fc
  .array(words, { minLength: 1, maxLength: 3 })
  .map((lines) => lines.map((line) => line.join(" ")).join("\n"));

describe("the counts are those of the scores", () => {
  test.each([
    "rouge1",
    "rouge2",
    "rouge3",
    "rougeL",
    "rougeLsum",
    "rougeS4",
    "rougeS*",
    "rougeSU4",
    "rougeW-1.2",
  ] as const)("%s", (metric) => {
    const scorer = new RougeScorer([metric]);
    fc.assert(
      fc.property(text, text, (left, right) => {
        const { score, matches, hypothesis, reference } = alignPair(metric, left, right, { tokenizer: "rouge_score" });
        const expected = scorer.score(left, right)[metric];
        expect(score!.precision).toBeCloseTo(expected.precision, 12);
        expect(score!.recall).toBeCloseTo(expected.recall, 12);
        for (const match of matches)
          expect(match.hypothesis.map((i) => hypothesis[i]!.token)).toEqual(
            match.reference.map((j) => reference[j]!.token),
          );
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  test("BLEU, chrF, TER and the F1 of answers", () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const bleu = alignPair("bleu", left, right, { order: 2 });
        const expected = sentenceBleu(left, [right]);
        expect(bleu.parts.score).toBeCloseTo(expected.score, 9);
        expect(bleu.matches.length).toBe(expected.counts[1]);
        expect(bleu.hypothesis.length).toBe(expected.hypothesisLength);
        const chrf = alignPair("chrf", left, right, { order: 3 });
        expect(chrf.parts.score).toBeCloseTo(sentenceChrf(left, [right]), 9);
        expect(chrf.matches.length).toBe(chrf.orders![2]!.match);
        const ter = alignPair("ter", left, right);
        expect(ter.parts.edits).toBe(sentenceTer(left, [right]).edits);
        const { shifts, insertions, deletions, substitutions } = ter.parts;
        expect(shifts! + insertions! + deletions! + substitutions!).toBe(ter.parts.edits);
        const f1 = alignPair("answerF1", left, right).score!.f;
        if (f1 > 0) expect(f1).toBeCloseTo(answerF1(left, [right]), 12);
      }),
      { seed: 13, numRuns: 200 },
    );
  });

  test("TER: a moved phrase is one edit, and its words are paired where they came from", () => {
    const found = alignPair("ter", "on the mat sat the cat", "the cat sat on the mat");
    expect(found.parts.shifts).toBeGreaterThan(0);
    expect(found.matches.some(({ kind }) => kind === "shifted")).toBe(true);
    for (const { hypothesis, reference, kind } of found.matches)
      if (kind !== "substituted")
        expect(found.hypothesis[hypothesis[0]!]!.token).toBe(found.reference[reference[0]!]!.token);
  });

  test("BERTScore: a row and a column for each token, and the best partner of each", async () => {
    const encoder = await openUseLiteTokenEncoder({ threads: 1 });
    try {
      const scorer = new BertScorer(encoder);
      const found = await alignBertScore(scorer, "The cat sat down", "A cat was sitting");
      expect(found.cosines!.length).toBe(found.hypothesis.length);
      expect(found.cosines![0]!.length).toBe(found.reference.length);
      for (const { hypothesis, reference, cosine } of found.matches)
        expect(cosine).toBe(found.cosines![hypothesis[0]!]![reference[0]!]);
      expect(found.matches.length).toBe(found.hypothesis.length + found.reference.length);
      const { rows } = await scorer.score(["The cat sat down"], ["A cat was sitting"]);
      expect(found.score!.f).toBeCloseTo(rows[0]!.f, 6);
    } finally {
      await encoder.close?.();
    }
  });
});

test("what cannot be aligned is said: another metric, longer texts; matches beyond the limit are counted", () => {
  expect(() => alignPair("rougel", "a", "b")).toThrow('Did you mean "rougeL"?');
  expect(() => alignPair("rouge1", "a ".repeat(4001), "b")).toThrow(
    '`hypothesis` is "4001 tokens"; expected at most 4000',
  );
  const same = "a b c d e";
  expect(alignPair("rougeS*", same, same, { maxMatches: 3 })).toMatchObject({ omitted: 7, matches: { length: 3 } });
});
