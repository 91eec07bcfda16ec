import { expect, test } from "vitest";
import { matchLabel, toPieces } from "./text-pieces.ts";

const words = (text: string) =>
  [...text.matchAll(/\S+/g)].map(({ 0: token, index }) => ({ token, start: index, end: index + token.length }));
const candidate = "the cat, 猫 sat";
const alignment = {
  candidate: words(candidate),
  reference: words("cat, 猫 sat down"),
  matches: [
    { candidate: [1, 2], reference: [0, 1] },
    { candidate: [1, 3], reference: [0, 2] },
  ],
};

test("a text is cut at its tokens; the gap inside an n-gram belongs to it, the one inside a pair does not", () => {
  const pieces = toPieces(candidate, "candidate", alignment);
  expect(pieces.map(({ text }) => text).join("")).toBe(candidate);
  expect(pieces.map(({ text, matches }) => [text, matches])).toEqual([
    ["the", []],
    [" ", []],
    ["cat,", [0, 1]],
    [" ", [0]],
    ["猫", [0]],
    [" ", []],
    ["sat", [1]],
  ]);
});

test("what stands behind the last token is kept", () => {
  const pieces = toPieces("a b!", "reference", {
    candidate: [],
    reference: [{ token: "a", start: 0, end: 1 }],
    matches: [],
  });
  expect(pieces.map(({ text }) => text)).toEqual(["a", " b!"]);
});

test("a match is named by what it covers", () => {
  expect(matchLabel(candidate, "candidate", alignment, 0)).toBe("cat, 猫");
  expect(matchLabel(candidate, "candidate", alignment, 1)).toBe("cat, … sat");
});
