import { describe, expect, test } from "vitest";
import { readGolden } from "../../test/golden.ts";
import { calibration } from "../classification/calibration.ts";
import { passAtK } from "../samples/pass-at-k.ts";
import { meteor } from "../translation/meteor.ts";
import { cohenKappa, matthewsCorrelation } from "./cohen-kappa.ts";
import { fleissKappa } from "./fleiss-kappa.ts";
import { krippendorffAlpha } from "./krippendorff-alpha.ts";

type Weights = "none" | "linear" | "quadratic";
type Level = "nominal" | "ordinal" | "interval" | "ratio";
interface Golden {
  pairs: ({ labels: string[]; first: string[]; second: string[]; mcc: number } & Record<Weights, number | null>)[];
  groups: { ratings: number[][]; kappa: number }[];
  alphas: ({ ratings: (number | null)[][] } & Record<Level, number>)[];
  calibrations: {
    confidences: number[];
    right: boolean[];
    bins: number;
    error: number;
    maximum_error: number;
    brier: number;
  }[];
  passes: { n: number; c: number; k: number; pass: number }[];
  synonyms: Record<string, string[]>;
  meteors: { hypothesis: string[]; references: string[][]; none: number; given: number; other: number }[];
}
const golden = readGolden<Golden>("metrics/agreement/agreement.json");

describe("agreement of raters", () => {
  test("two raters: Cohen's kappa with every weight and Matthews' correlation are scikit-learn's, either way round", () => {
    for (const { labels, first, second, mcc, ...kappas } of golden.pairs) {
      for (const weights of ["none", "linear", "quadratic"] as const) {
        const expected = kappas[weights];
        const found = cohenKappa(first, second, { weights, labels });
        if (expected === null) expect(found).toBeNaN();
        else expect(found).toBeCloseTo(expected, 12);
        if (expected !== null) expect(cohenKappa(second, first, { weights, labels })).toBeCloseTo(expected, 12);
      }
      expect(matthewsCorrelation(first, second)).toBeCloseTo(mcc, 12);
      expect(matthewsCorrelation(second, first)).toBeCloseTo(mcc, 12);
    }
  });

  test("several raters: Fleiss' kappa is statsmodels', Krippendorff's alpha the package's at every level", () => {
    for (const { ratings, kappa } of golden.groups)
      expect(fleissKappa(ratings.map((item) => item.map(String)))).toBeCloseTo(kappa, 12);
    for (const { ratings, ...alphas } of golden.alphas)
      for (const level of ["nominal", "ordinal", "interval", "ratio"] as const)
        expect(krippendorffAlpha(ratings, { level }), level).toBeCloseTo(alphas[level], 12);
  });

  test("what cannot be measured says why", () => {
    expect(() => cohenKappa(["a"], [])).toThrow("expected 1, one per item");
    expect(() => fleissKappa([["a", "b"], ["a"]])).toThrow("krippendorffAlpha");
    expect(() => krippendorffAlpha([["a", "b"]], { level: "interval" })).toThrow('numbers, which "interval" measures');
    expect(() => krippendorffAlpha([["a", null]])).toThrow("two at least among items with two ratings");
  });
});

test("calibration: expected and largest error and the Brier score are the reference's", () => {
  for (const { confidences, right, bins, error, maximum_error, brier } of golden.calibrations) {
    const found = calibration(confidences, right, { bins });
    expect(found.error).toBeCloseTo(error, 12);
    expect(found.maximumError).toBeCloseTo(maximum_error, 12);
    expect(found.brier).toBeCloseTo(brier, 12);
    expect(found.bins.reduce((sum, { count }) => sum + count, 0)).toBe(confidences.length);
  }
  expect(() => calibration([0.5, 97], [true, false])).toThrow("Divide percent by 100");
  expect(() => calibration([97, 0.5], [true, false])).toThrow("confidences[0]");
  expect(() => calibration([0.5], [true], { bins: 0 })).toThrow("a positive whole number");
  expect(() => calibration([0.5], [true, false])).toThrow("one per confidence");
  // A bin holds its upper edge and not its lower one, and the first holds 0 as well.
  const edges = calibration([0, 0.5, 0.51, 1], [false, true, true, true], { bins: 2 }).bins;
  expect(edges.map(({ from, to, count }) => [from, to, count])).toEqual([
    [0, 0.5, 2],
    [0.5, 1, 2],
  ]);
  expect(calibration([0.2, 0.4], [true, false], { bins: 1 }).bins).toHaveLength(1);
});

test("pass@k is HumanEval's estimate", () => {
  for (const { n, c, k, pass } of golden.passes) expect(passAtK(n, c, k), `${c} of ${n}, k=${k}`).toBeCloseTo(pass, 12);
  expect(() => passAtK(3, 1, 5)).toThrow("Draw more samples");
});

test("METEOR is NLTK's, without synonyms, with a table of them, and with other weights", () => {
  const synonyms = (word: string) => golden.synonyms[word] ?? [];
  let gained = 0;
  for (const { hypothesis, references, none, given, other } of golden.meteors) {
    expect(meteor(hypothesis, references)).toBeCloseTo(none, 12);
    expect(meteor(hypothesis, references, { synonyms })).toBeCloseTo(given, 12);
    expect(meteor(hypothesis, references, { alpha: 0.8, beta: 1.5, gamma: 0.4 })).toBeCloseTo(other, 12);
    gained += Number(given > none);
  }
  expect(gained).toBeGreaterThan(0);
});
