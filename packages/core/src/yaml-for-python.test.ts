import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { yamlForPython } from "./yaml-for-python.ts";

const strings = [
  ..."no No NO yes on off y n true false null ~ << = .inf -.NaN".split(" "),
  ..."1 -1 010 0x1f 0b11 1_000 1.5 1e5 1.0e+5 .5 12:30 1:30:00.5 2024-01-31 2024-01-31T10:00:00Z".split(" "),
  "2024-01-31 10:00:00",
  "",
  "Qwen/Qwen2.5-0.5B",
  "a: b",
  "# c",
  "- d",
  "two\nlines",
];

describe("a YAML 1.1 parser reads back", () => {
  test.each(strings)("the string %j, as a value, in a list and as a key", (text) => {
    const value = { value: text, list: [text], [text || "empty"]: 1 };
    expect(parse(yamlForPython(value), { version: "1.1", merge: false })).toEqual(value);
  });

  test("numbers, bools and nulls", () => {
    const value = { a: 1e-7, b: -2.5e21, c: 1.25e-9, d: 3, e: 0.1, f: true, g: null, h: [1e-8] };
    const text = yamlForPython(value);
    expect(parse(text, { version: "1.1" })).toEqual(value);
    expect(text).toContain("a: 1.0e-7\n"); // PyYAML takes a float for one by its point
    expect(text).toContain("b: -2.5e+21\n");
    expect(text).toContain("f: true\ng: null\n");
  });
});
