import { expect, test } from "vitest";
import { readGoldenLines } from "../../test/golden.ts";
import { rouge155 } from "./rouge-155.ts";

type Triple = [precision: number, recall: number, f: number];
type Scores = Record<string, Triple>;

const texts = new Map(
  readGoldenLines<{ id: string; text: string }>("metrics/rouge/texts.jsonl").rows.map((row) => [row.id, row.text]),
);

/** One unit of the last decimal printed. */
const TOLERANCE = 1.01e-5;

function differences(id: string, prediction: string, targets: string[], expected: Scores, formula: "average" | "best") {
  const hypothesis = texts.get(prediction)!;
  const references = targets.map((target) => texts.get(target)!);
  const got = {
    ...rouge155(hypothesis, references, { formula }),
    ...rouge155(hypothesis, references, { formula, maxGap: "unlimited" }),
  };
  return Object.entries(expected).flatMap(([name, want]) => {
    const { precision, recall, f } = got[name]!;
    const wrong = [precision, recall, f].some((value, i) => Math.abs(value - want[i]!) > TOLERANCE);
    return wrong ? [`${id} ${name}: ${[precision, recall, f]}, not ${want}`] : [];
  });
}

test("one reference: N, L, S, SU and W as ROUGE-1.5.5 prints them", () => {
  const { rows } = readGoldenLines<{ id: string; target: string; prediction: string; plain: Scores }>(
    "metrics/rouge/rouge155.jsonl",
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.flatMap((row) => differences(row.id, row.prediction, [row.target], row.plain, "average"))).toEqual([]);
});

test("several references: pooled with -f A, the best recall with -f B", () => {
  const { rows } = readGoldenLines<{
    id: string;
    targets: string[];
    prediction: string;
    "plain-average": Scores;
    "plain-best": Scores;
  }>("metrics/rouge/rouge155_multi.jsonl");
  const wrong = rows.flatMap((row) => [
    ...differences(`${row.id} A`, row.prediction, row.targets, row["plain-average"], "average"),
    ...differences(`${row.id} B`, row.prediction, row.targets, row["plain-best"], "best"),
  ]);
  expect(wrong).toEqual([]);
});
