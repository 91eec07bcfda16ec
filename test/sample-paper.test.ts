import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { sampleImages, samplePaperPath } from "../packages/pdf/test/sample-images.ts";
import { buildSamplePaper } from "../scripts/sample-paper/build.ts";
import { drawRasters } from "../scripts/sample-paper/rasters.ts";

const questionsPath = join(samplePaperPath, "../questions.json");

test("the sample paper and its questions are what the script makes from the paper's own pictures", async () => {
  const { pdf, questions } = await buildSamplePaper(await sampleImages());
  expect(Buffer.compare(pdf, readFileSync(samplePaperPath)), "run `node scripts/make-sample-paper.ts`").toBe(0);
  expect(JSON.parse(readFileSync(questionsPath, "utf8"))).toEqual(questions);
});

test("the pictures are what the script draws, but for the last bit of rounding on another machine", async () => {
  const [committed, drawn] = [await sampleImages(), await drawRasters()];
  for (const name of ["photo", "scan"] as const) {
    const [a, b] = [await sharp(committed[name]).raw().toBuffer(), await sharp(drawn[name]).raw().toBuffer()];
    expect(a.length).toBe(b.length);
    let difference = 0;
    for (let i = 0; i < a.length; i++) difference += Math.abs(a[i]! - b[i]!);
    expect(difference / a.length, name).toBeLessThan(2);
  }
});

test("there are questions of every kind in both languages, with boxes on the page", async () => {
  const { questions } = await buildSamplePaper(await sampleImages());
  expect(questions.length).toBeGreaterThanOrEqual(20);
  expect(questions.filter(({ kind }) => kind !== "text").length).toBeGreaterThanOrEqual(6);
  expect(questions.filter(({ question }) => /\p{Script=Han}/u.test(question)).length).toBeGreaterThanOrEqual(6);
  for (const { box, page } of questions) {
    expect(page).toBeGreaterThanOrEqual(1);
    expect(box[0] >= 0 && box[1] >= 0 && box[2] <= 595.3 && box[3] <= 842 && box[0] < box[2] && box[1] < box[3]).toBe(
      true,
    );
  }
});
