import { Rng } from "@loam/core";
import { describe, expect, test } from "vitest";
import { checkSampling, draw, isGreedy, largest, logProbability, penalizeRepetition, warpScores } from "./sampling.ts";

const kept = (scores: Float32Array) => [...scores.keys()].filter((id) => scores[id] !== -Infinity);
const scoresOf = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log);

describe("sampling", () => {
  test("top-k keeps ties of the k-th score", () => {
    const scores = Float32Array.of(1, 3, 2, 2, 0);
    warpScores(scores, { topK: 2 });
    expect(kept(scores)).toEqual([1, 2, 3]);
  });

  test("top-p keeps the fewest tokens that reach p, and always the first", () => {
    const scores = scoresOf(0.5, 0.3, 0.15, 0.05);
    warpScores(scores, { topP: 0.79 });
    expect(kept(scores)).toEqual([0, 1]);
    const one = scoresOf(0.5, 0.3, 0.2);
    warpScores(one, { topP: 1e-6 });
    expect(kept(one)).toEqual([0]);
  });

  test("over a large vocabulary top-k and top-p keep what sorting everything keeps", () => {
    const rng = new Rng(2);
    const scores = Float32Array.from({ length: 5000 }, () => 3 * rng.normal());
    const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
    const top = scores.slice();
    warpScores(top, { topK: 50 });
    expect(new Set(kept(top))).toEqual(new Set(order.slice(0, 50)));
    expect(largest(scores, 20)).toEqual(order.slice(0, 20));
    const total = scores.reduce((sum, x) => sum + Math.exp(x), 0);
    let mass = 0;
    const nucleus = order.filter((id) => {
      const before = mass;
      mass += Math.exp(scores[id]!) / total;
      return before < 0.9;
    });
    const p = scores.slice();
    warpScores(p, { topP: 0.9 });
    expect(new Set(kept(p))).toEqual(new Set(nucleus));
  });

  test("min-p is relative to the best token", () => {
    const scores = scoresOf(0.5, 0.3, 0.15, 0.05);
    warpScores(scores, { minP: 0.25 });
    expect(kept(scores)).toEqual([0, 1, 2]);
  });

  test("the penalty lowers scores of either sign once, however often a token was seen", () => {
    const scores = Float32Array.of(2, -2, 1);
    penalizeRepetition(scores, [0, 1, 0, 1], 2);
    expect([...scores]).toEqual([1, -4, 1]);
  });

  test("drawing follows the probabilities and never takes a removed token", () => {
    const scores = scoresOf(0.6, 0.4, 0);
    const rng = new Rng(5);
    const counts = [0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[draw(scores, rng)]!++;
    expect(counts[2]).toBe(0);
    expect(counts[0]! / 4000).toBeCloseTo(0.6, 1);
  });

  test("log probabilities and the largest scores", () => {
    const scores = scoresOf(0.2, 0.7, 0.1);
    expect(logProbability(scores, 1)).toBeCloseTo(Math.log(0.7), 5);
    expect(largest(scores, 2)).toEqual([1, 0]);
  });

  test("greedy unless something asks for chance; options out of range are named", () => {
    expect([isGreedy({}), isGreedy({ temperature: 0, topK: 5 }), isGreedy({ topP: 0.9 })]).toEqual([true, true, false]);
    expect(() => checkSampling({ topP: 1.5 })).toThrow("`topP` is 1.5; expected a number above 0 and up to 1.");
  });
});
