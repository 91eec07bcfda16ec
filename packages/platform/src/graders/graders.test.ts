import { expect, test } from "vitest";
import { evaluateFormula } from "./formula.ts";
import { fillTemplate } from "./template.ts";
import { fuzzyRatio, gleu } from "./text-similarity.ts";
import { Grader } from "./types.ts";

const words = (text: string) => text.split(" ");

test("places of a template are filled, and one without a value is named", () => {
  const values = { item: { q: "why", list: [{ n: 3 }] }, sample: { output_text: "so" } };
  expect(fillTemplate("{{item.q}} {{ sample.output_text }} {{item.list[0].n}}", values)).toBe("why so 3");
  expect(fillTemplate("{{item.list}}", values)).toBe('[{"n":3}]');
  expect(() => fillTemplate("{{item.r}}", values)).toThrow("{{item.r}}");
  expect(() => fillTemplate("{{item.constructor}}", values)).toThrow("{{item.constructor}}");
});

test("formulas are calculated by their usual rules, and what cannot be read is told", () => {
  const values = { a: 2, b: 3 };
  expect(evaluateFormula("a + b * 2 ^ 2 - 4 / a", values)).toBe(12);
  expect(evaluateFormula("-(a - b) * max(a, b, 1)", values)).toBe(3);
  expect(evaluateFormula("0.5*a + .25*b", values)).toBe(1.75);
  for (const wrong of ["a +", "a b", "c", "(a", "process.exit()", "a;b", ""]) {
    expect(() => evaluateFormula(wrong, values), wrong).toThrow("calculate_output");
  }
});

test("similarities agree with their references", () => {
  expect(fuzzyRatio("this is a test", "this is a test!")).toBeCloseTo(0.965517, 5); // rapidfuzz.fuzz.ratio / 100
  expect(fuzzyRatio("", "")).toBe(1);
  // NLTK's sentence_gleu of its own example.
  const hypothesis = words(
    "It is a guide to action which ensures that the military always obeys the commands of the party",
  );
  const reference = words("It is a guide to action that ensures that the military will forever heed Party commands");
  expect(gleu(hypothesis, reference)).toBeCloseTo(0.4393, 3);
  expect(gleu([], reference)).toBe(0);
});

test("graders in Python are refused by name", () => {
  const parsed = Grader.safeParse({ type: "python", name: "g", source: "def grade(): pass" });
  expect(parsed.error?.issues[0]?.message).toContain("python");
});
