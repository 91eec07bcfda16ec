import { expect, test } from "vitest";
import { scoreCorpus } from "../corpus/score-corpus.ts";
import { readAssertions, type TextKind } from "./assertion.ts";
import { checkText, levenshtein } from "./check-text.ts";

test.each<[TextKind, unknown, string, string]>([
  ["equals", "Paris", "Paris", "paris"],
  ["equals", { a: [1] }, '{ "a": [1] }', '{"a": [2]}'],
  ["contains", "Par", "Paris", "paris"],
  ["icontains", "PAR", "in paris", "Rome"],
  ["contains-any", ["x", "Rome"], "Rome", "rome"],
  ["contains-all", ["a", "b"], "ab", "a"],
  ["icontains-all", ["A", "b"], "aB", "c"],
  ["starts-with", "Yes", "Yes.", " Yes"],
  ["regex", "^\\d+ km$", "12 km", "12 kms"],
  ["is-json", undefined, "[1]", "[1"],
  ["is-json", { required: ["name"] }, '{"name": 1}', '{"nam": 1}'],
  ["contains-json", { required: ["name"] }, 'Not {"x": "}"}, but {"name": "{"} it is', "no {name}"],
  ["levenshtein", "kitten sitting", "kitten sitting!", "something else entirely"],
  ["rouge-n", "the cat sat down", "the cat sat down", "a dog"],
  ["bleu", "the cat sat on the mat", "the cat sat on the mat", "a dog ran in the park"],
])("%s %j holds for %j and not for %j", (kind, value, good, bad) => {
  expect(checkText(good, { kind, value }).holds).toBe(true);
  expect(checkText(bad, { kind, value }).holds).toBe(false);
});

test("the distance of two texts is in characters, not in UTF-16 units", () => {
  expect([levenshtein("kitten", "sitting"), levenshtein("", "abc"), levenshtein("𠮷野", "吉野")]).toEqual([3, 3, 1]);
});

test("a row's score is the weighted share that holds; `not-` turns one round, and rows without any have no score", async () => {
  const [metric] = await scoreCorpus(
    [
      {
        prediction: "Paris, of course",
        references: [],
        assertions: [
          { type: "contains", value: "Paris", weight: 3 },
          { type: "not-icontains", value: "COURSE" },
        ],
      },
      { prediction: "x", references: [], assertions: [] },
    ],
    { metrics: ["assertions"] },
  );
  expect(metric).toMatchObject({ value: 0.75, values: [0.75, null], failures: [] });
});

test("what is no assertion is refused where it is read, with the nearest kind", () => {
  expect(() => readAssertions([{ type: "contain", value: "x" }], "rows.jsonl, line 2")).toThrow(
    'rows.jsonl, line 2, 1: "contain" is no kind of assertion; did you mean "contains"?',
  );
  expect(() => readAssertions([{ type: "regex", value: "(" }], "row")).toThrow("not a regular expression");
  expect(() => readAssertions("x", "row")).toThrow("not a list of assertions");
});
