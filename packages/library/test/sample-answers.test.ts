import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openRecogniser } from "@loam/pdf";
import { expect, test } from "vitest";
import { scoreAnswers } from "../bench/answers.ts";
import type { GoldQuestion } from "../bench/questions.ts";

const sample = join(import.meta.dirname, "../../pdf/sample");

interface SampleQuestion {
  question: string;
  page: number;
  box: [number, number, number, number];
  kind: GoldQuestion["from"];
}

test("the sample paper is answered from the right page and box, its figures and its scanned leaf included", async () => {
  const asked = JSON.parse(readFileSync(join(sample, "questions.json"), "utf8")) as SampleQuestion[];
  const file = join(sample, "loam-sample.pdf");
  const questions = asked.map(({ question, page, box, kind }) => ({ file, question, pages: [page], box, from: kind }));
  const recogniser = await openRecogniser();
  const without = ["Who wrote Pride and Prejudice?", "What is the GDP of China?", "珠穆朗玛峰有多高？"].map(
    (question) => ({ file, question }),
  );
  const scores = await scoreAnswers(sample, { questions, without, recogniser });
  await recogniser.close();
  const missed = scores.misses.join("\n");
  expect(scores.firstPage / scores.questions, missed).toBeGreaterThanOrEqual(0.9);
  expect(scores.firstBox / scores.questions, missed).toBeGreaterThanOrEqual(0.85);
  expect(scores.refused, missed).toBe(scores.unanswerable);
});
