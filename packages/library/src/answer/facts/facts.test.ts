import { describe, expect, test } from "vitest";
import type { Passage } from "../evidence.ts";
import { nameWordsOf } from "./names.ts";
import { contradicts } from "./polarity.ts";
import { quantitiesOf } from "./quantities.ts";
import { unsupportedIn } from "./unsupported.ts";

const passage = (text: string, context = ""): Passage => ({ text, context, kind: "text", places: [] });
const values = (text: string) => quantitiesOf(text).map(({ value, unit }) => (unit ? `${value} ${unit}` : value));

test.each([
  ["It is 1,234.5 km long and cost $3.2 million.", ["1234.5 km", "3200000 $"]],
  ["Twenty-five of 39 plots, nine seconds each", [25, 39, "9 s"]],
  ["三千二百公里，二〇二四年，共25万元", ["3200 km", 2024, "250000 ¥"]],
  ["约百分之十五", [15]],
  ["蓄水676百万升，重358千克，长5千米，三千万元", ["676000000 l", "358 kg", "5 km", "30000000 ¥"]],
  ["at −3,5 °C for 2 h", ["-3.5 °C", "2 h"]],
  ["GPT-4 and Figure 3", [3]],
])("the quantities of %j", (text, expected) => {
  expect(values(text)).toEqual(expected);
});

test.each([
  ["Ida Morell finished it at Bell Labs.", ["ida", "morell", "bell", "labs"]],
  ["The tower stands in Lund.", ["lund"]],
  ["Construction ended early.", []],
  ["Quisling 在2019年测量了河流。", ["quisling"]],
  ["SmolLM2 was trained by Hugging Face.", ["smollm2", "hugging", "face"]],
])("the names of %j", (text, expected) => {
  expect(nameWordsOf(text)).toEqual(expected);
});

test.each([
  ["The lamp is not solar powered.", "The lamp is solar powered.", true],
  ["The lamp is solar powered.", "The lamp is not solar powered.", true],
  ["The tower is 38 metres high.", "The tower, not far from the shore, is 38 metres high.", false],
  ["Yields rose by 3%.", "Yields fell by 3%.", true],
  ["该方法不需要标注数据。", "该方法需要标注数据。", true],
  ["不同的方法都有效。", "各种方法都有效。", false],
])("%j against %j", (sentence, text, expected) => {
  expect(contradicts(sentence, text)).toBe(expected);
});

describe("what a sentence says and its passage does not", () => {
  const tower = passage(
    "The tower was finished in March 1874 by Ida Morell; it is 38 metres high and cost 3,900 crowns.",
    "The Tower",
  );
  test.each([
    "The tower was finished in 1874 by Ida Morell.",
    "Ida Morell's tower is 38 m high.",
    "It cost 3900 crowns.",
    "It was finished in 1874-03.",
    "塔高38米，1874年3月完工。",
    "The tower is about 40 metres high.",
  ])("true: %s", (sentence) => {
    expect(unsupportedIn(sentence, [tower])).toBeUndefined();
  });
  test.each([
    ["The tower was finished in 1875 by Ida Morell.", { kind: "number", value: 1875 }],
    ["It cost 39,000 crowns.", { kind: "number", value: 39000, unit: "crown" }],
    ["It is 38 feet high.", { kind: "number", value: 38, unit: "ft" }],
    ["It was finished in May 1874.", { kind: "month", month: 5 }],
    ["It was finished by Anna Morell in 1874.", { kind: "name", name: "anna" }],
    ["The tower was not finished in 1874.", { kind: "denial" }],
    ["塔高83米。", { kind: "number", value: 83, unit: "m" }],
    ["塔于1847年完工。", { kind: "number", value: 1847 }],
  ])("wrong: %s", (sentence, expected) => {
    expect(unsupportedIn(sentence, [tower])).toEqual(expected);
  });
});

describe("across languages", () => {
  const chinese = passage("Valparaiso 在2019年测量了866公里的河流，水坝蓄水676百万升。");
  test.each([
    "Valparaiso measured 866 km of river in 2019.",
    "The dam held 676 million litres.",
    "Researchers measured 866 km in 2019.",
  ])("true: %s", (sentence) => {
    expect(unsupportedIn(sentence, [chinese])).toBeUndefined();
  });
  test.each([
    ["Quisling measured 866 km of river in 2019.", { kind: "name", name: "quisling" }],
    ["Valparaiso measured 866 kg of river in 2019.", { kind: "number", value: 866, unit: "kg" }],
    ["The dam held 6760 million litres.", { kind: "number", value: 6_760_000_000, unit: "l" }],
    ["Valparaiso measured 866 km of river in 2026.", { kind: "number", value: 2026 }],
  ])("wrong: %s", (sentence, expected) => {
    expect(unsupportedIn(sentence, [chinese])).toEqual(expected);
  });
  test("a Chinese sentence that swaps the name of an English passage", () => {
    expect(unsupportedIn("Quisling 在2019年测量了866公里。", [passage("Valparaiso measured 866 km in 2019.")])).toEqual(
      {
        kind: "name",
        name: "quisling",
      },
    );
  });
});
