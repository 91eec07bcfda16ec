import { describe, expect, test } from "vitest";
import type { EvaluationRun } from "../runs/evaluation-run.ts";
import { type PairVote, rateSystems } from "./bradley-terry.ts";
import { type CalibratedPair, calibrateJudge } from "./calibrate-judge.ts";
import { arenaPairs, votesByMetric, votesOfTable } from "./pairs.ts";

const run = {
  name: "three",
  dataset: { rows: ["r1", "r2"].map((id) => ({ id, fields: { question: `about ${id}` } })) },
  systems: [
    ["a", [1, 0.5]],
    ["b", [0.2, 0.5]],
    ["c", [0.1, null]],
  ].map(([system, values]) => ({
    system,
    outputs: (values as (number | null)[]).map((value, i) => ({
      row: `r${i + 1}`,
      ...(value === null ? { error: "gone" } : { prediction: `${system} ${i}` }),
    })),
    metrics: [{ metric: "m", direction: "higher", values }],
  })),
} as unknown as EvaluationRun;

describe("pairs of a run", () => {
  test("are drawn by the seed, name no system, and come back with people's votes", () => {
    const pairs = arenaPairs(run, { seed: 1 });
    expect(pairs.length).toBe(4); // three on the first row, one on the second
    expect(arenaPairs(run, { seed: 1 })).toEqual(pairs);
    expect(arenaPairs(run, { seed: 1, limit: 2 })).toEqual(pairs.slice(0, 2));
    const [one] = pairs;
    expect(
      votesOfTable(
        [
          { pair: one!.pair, winner: " Second " },
          { pair: pairs[1]!.pair, winner: "" },
        ],
        pairs,
      ),
    ).toEqual([{ row: one!.row, left: one!.left.system, right: one!.right.system, winner: "right" }]);
    expect(() => votesOfTable([{ pair: "other", winner: "tie" }], pairs)).toThrow(/Row 1 names the pair "other"/);
    expect(() => votesOfTable([{ pair: one!.pair, winner: "left one" }], pairs)).toThrow(/Write first, second or tie/);
  });

  test("are decided by a metric where both have a score", () => {
    expect(votesByMetric(run, "m").map(({ row, left, right, winner }) => [row, left, right, winner])).toEqual([
      ["r1", "a", "b", "left"],
      ["r1", "a", "c", "left"],
      ["r1", "b", "c", "left"],
      ["r2", "a", "b", "tie"],
    ]);
    expect(() => votesByMetric(run, "n")).toThrow(/one of m/);
  });
});

test("ratings are ordered, centred on 1000, and less certain with fewer rows", () => {
  const votes = (rows: number) =>
    Array.from({ length: rows }, (_, i): PairVote[] => [
      { row: `${i}`, left: "good", right: "bad", winner: i % 4 === 0 ? "right" : "left" },
      { row: `${i}`, left: "bad", right: "fair", winner: i % 3 === 0 ? "left" : i % 3 === 1 ? "tie" : "right" },
    ]).flat();
  const [few, many] = [rateSystems(votes(12), { samples: 200 }), rateSystems(votes(240), { samples: 200 })];
  expect(many.map(({ system }) => system)).toEqual(["good", "fair", "bad"]);
  expect(many.reduce((sum, { rating }) => sum + rating, 0) / 3).toBeCloseTo(1000, 6);
  // Three to one: 400 · log10(3) apart.
  expect(many[0]!.rating - many[2]!.rating).toBeCloseTo(400 * Math.log10(3), 0);
  expect(many[0]).toMatchObject({ wins: 180, losses: 60, ties: 0 });
  const width = ({ interval }: (typeof many)[number]) => interval.high - interval.low;
  expect(width(few.find(({ system }) => system === "good")!)).toBeGreaterThan(2 * width(many[0]!));
  expect(() => rateSystems([{ row: "1", left: "a", right: "a", winner: "tie" }])).toThrow(/two different systems/);
});

test("a judge that likes the text in front and the longer one is found out", () => {
  const pairs = Array.from({ length: 40 }, (_, i): CalibratedPair => {
    const people = i % 2 === 0 ? "first" : "second";
    // Every fourth pair is decided by position; else the judge takes the longer text, which people do half the time.
    const longer = i % 4 < 2 ? "first" : "second";
    return {
      lengths: longer === "first" ? [200, 100] : [100, 200],
      judge: i % 4 === 3 ? ["first", "second"] : [longer, longer],
      people,
    };
  });
  const found = calibrateJudge(pairs);
  expect(found.inconsistent).toMatchObject({ mean: 0.25, of: 40 });
  expect(found.frontShare).toMatchObject({ mean: 0.625, of: 80 });
  expect(found.longerByJudge).toMatchObject({ mean: 1, of: 30 });
  expect(found.longerByPeople).toMatchObject({ mean: 0.5, of: 40 });
  expect(found.agreement.mean).toBe(0.25);
});
