import { expect, test } from "vitest";
import { readGoldenLines } from "../../test/golden.ts";
import { answerF1, exactMatch, normaliseAnswer } from "./squad.ts";

test("normalisation, exact match and F1 follow SQuAD 1.1 and 2.0", () => {
  const { rows } = readGoldenLines<{
    prediction: string;
    answers: string[];
    normalised: [string, string[]];
    exact: number;
    f1: number;
    f1_version2: number;
  }>("metrics/qa/squad.jsonl");
  for (const { prediction, answers, normalised, exact, f1, f1_version2 } of rows) {
    expect(normaliseAnswer(prediction)).toBe(normalised[0]);
    expect(answers.map(normaliseAnswer)).toEqual(normalised[1]);
    expect(exactMatch(prediction, answers)).toBe(exact);
    expect(answerF1(prediction, answers, { version: "1.1" })).toBeCloseTo(f1, 12);
    expect(answerF1(prediction, answers)).toBeCloseTo(f1_version2, 12);
  }
});
