import { expect, test } from "vitest";
import { toSnippet } from "./snippet.ts";

const marked = (text: string, query: string) =>
  toSnippet(text, query)
    .filter(({ match }) => match)
    .map(({ text }) => text);

test("words of the query are marked, with their endings", () => {
  expect(marked("Earthworms dig. The earthworm is small; worms are not marked.", "earthworms")).toEqual([
    "Earthworms",
    "earthworm",
  ]);
});

test("Chinese words are found without spaces", () => {
  expect(marked("土壤含水量在春季最高。", "土壤 春季")).toEqual(["土壤", "春季"]);
});

test("a long passage is cut around the place with the most matches", () => {
  const text = `${"filler words go here. ".repeat(60)}The yield rose by 12 % after rain.${" more filler.".repeat(60)}`;
  const parts = toSnippet(text, "yield after rain");
  const whole = parts.map(({ text }) => text).join("");
  expect(whole).toContain("yield rose by 12 %");
  expect(whole.length).toBeLessThan(330);
  expect(whole.startsWith("…") && whole.endsWith("…")).toBe(true);
});

test("the text of a short passage is kept whole", () => {
  expect(
    toSnippet("Nothing here.", "rain")
      .map(({ text }) => text)
      .join(""),
  ).toBe("Nothing here.");
});
