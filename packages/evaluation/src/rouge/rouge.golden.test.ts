import { describe, expect, test } from "vitest";
import { readGoldenLines } from "../../test/golden.ts";
import type { PrfScore } from "../scores/prf.ts";
import { characterTokenizer, rougeScoreTokenizer } from "../text/tokenizers.ts";
import { rougeL } from "./rouge-l.ts";
import { rougeN } from "./rouge-n.ts";
import { rougeS } from "./rouge-s.ts";
import { RougeScorer } from "./rouge-scorer.ts";
import { rougeW, rougeW155 } from "./rouge-w.ts";

type Triple = [precision: number, recall: number, f: number];
const triple = ({ precision, recall, f }: PrfScore): Triple => [precision, recall, f];

/** Largest absolute difference between two score triples. */
const distance = (a: Triple, b: Triple): number => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

const texts = new Map(
  readGoldenLines<{ id: string; text: string }>("metrics/rouge/texts.jsonl").rows.map((row) => [row.id, row.text]),
);
const types = ["rouge1", "rouge2", "rouge3", "rouge4", "rougeL", "rougeLsum"] as const;
const scorers = { plain: new RougeScorer(types), stem: new RougeScorer(types, { stem: true }) };

describe("ROUGE equals rouge_score", () => {
  test("on every pair, with and without the stemmer, to 1e-12", () => {
    const { rows } = readGoldenLines<{
      id: string;
      target: string;
      prediction: string;
      plain: Triple[];
      stem: Triple[];
    }>("metrics/rouge/pairs.jsonl");
    expect(rows.length).toBeGreaterThan(0);
    const wrong: string[] = [];
    for (const row of rows) {
      for (const flavour of ["plain", "stem"] as const) {
        const scores = scorers[flavour].score(texts.get(row.prediction)!, texts.get(row.target)!);
        types.forEach((type, i) => {
          if (distance(triple(scores[type]), row[flavour][i]!) > 1e-12)
            wrong.push(`${row.id} ${flavour} ${type}: ${triple(scores[type])}, not ${row[flavour][i]}`);
        });
      }
    }
    expect(wrong).toEqual([]);
  });

  test("against several references, each type with its own best", () => {
    const { rows } = readGoldenLines<{
      id: string;
      targets: string[];
      prediction: string;
      plain: Triple[];
      stem: Triple[];
    }>("metrics/rouge/multi.jsonl");
    for (const row of rows) {
      for (const flavour of ["plain", "stem"] as const) {
        const scores = scorers[flavour].scoreMulti(
          texts.get(row.prediction)!,
          row.targets.map((id) => texts.get(id)!),
        );
        for (const [i, type] of types.entries()) {
          expect(distance(triple(scores[type]), row[flavour][i]!), `${row.id} ${type}`).toBeLessThan(1e-12);
        }
      }
    }
  });

  test("token by token on awkward strings", () => {
    const { rows } = readGoldenLines<{ text: string; plain: string[]; stem: string[] }>("metrics/rouge/tokens.jsonl");
    for (const { text, plain, stem } of rows) {
      expect(rougeScoreTokenizer().tokenize(text), JSON.stringify(text)).toEqual(plain);
      expect(rougeScoreTokenizer({ stem: true }).tokenize(text), JSON.stringify(text)).toEqual(stem);
    }
  });
});

describe("ROUGE-S, SU and W equal the paper's definition and ROUGE-1.5.5's", () => {
  const { rows } = readGoldenLines<{
    id: string;
    target?: string;
    prediction?: string;
    tokens?: [string[], string[]];
    scores: Record<string, { prf: Triple } | Triple>;
  }>("metrics/rouge/skip_weighted.jsonl");
  const tokenize = (text: string) =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => rougeScoreTokenizer().tokenize(line));

  test("in full precision", () => {
    const wrong: string[] = [];
    for (const row of rows) {
      const [referenceLines, hypothesisLines] = row.tokens
        ? [[row.tokens[0]], [row.tokens[1]]]
        : [tokenize(texts.get(row.target!)!), tokenize(texts.get(row.prediction!)!)];
      const [reference, hypothesis] = [referenceLines.flat(), hypothesisLines.flat()];
      for (const [name, expected] of Object.entries(row.scores)) {
        const [, kind, parameter, script] = /^(SU?|W-)([\d.]+|\*)(-155)?$/.exec(name)!;
        const maxGap = parameter === "*" ? "unlimited" : Number(parameter);
        const got =
          kind === "S"
            ? rougeS(hypothesis, reference, { maxGap })
            : kind === "SU"
              ? rougeS(hypothesis, reference, { maxGap, unigrams: script ? "all-but-last" : "all" })
              : script
                ? rougeW155(hypothesisLines, referenceLines, Number(parameter))
                : rougeW(hypothesis, reference, Number(parameter));
        const want = Array.isArray(expected) ? expected : expected.prf;
        if (distance(triple(got), want) > 1e-9) wrong.push(`${row.id} ${name}: ${triple(got)}, not ${want}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe("Chinese", () => {
  const { rows } = readGoldenLines<{
    id: string;
    target: string;
    prediction: string;
    tokens: Record<string, [string[], string[]]>;
    scores: Record<string, Triple[]>;
  }>("metrics/zh/pairs.jsonl");

  test("characters and given word segmentations score as in the reference", () => {
    for (const row of rows) {
      const levels = {
        ...row.tokens,
        characters: [characterTokenizer.tokenize(row.target), characterTokenizer.tokenize(row.prediction)] as const,
      };
      for (const [level, [reference, hypothesis]] of Object.entries(levels)) {
        const scores = [
          rougeN(hypothesis, reference),
          rougeN(hypothesis, reference, 2),
          rougeN(hypothesis, reference, 3),
          rougeL(hypothesis, reference),
        ];
        for (const [i, score] of scores.entries()) {
          expect(distance(triple(score), row.scores[level]![i]!), `${row.id} ${level} ${i}`).toBeLessThan(1e-9);
        }
      }
    }
  });

  test("one token per Han character", () => {
    const { rows } = readGoldenLines<{ text: string; characters: string[] }>("metrics/zh/tokens.jsonl");
    for (const { text, characters } of rows) expect(characterTokenizer.tokenize(text), text).toEqual(characters);
  });
});
