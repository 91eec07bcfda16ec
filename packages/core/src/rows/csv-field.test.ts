import { expect, test } from "vitest";
import { csvField } from "./csv-field.ts";

test.each([
  ["plain", "plain"],
  ['a "b", c', '"a ""b"", c"'],
  ["-1.5e3", "-1.5e3"],
  [-1.5, "-1.5"],
  [null, ""],
  [{ a: 1 }, '"{""a"":1}"'],
  ["=1+1", "'=1+1"],
  ["+1 234", "'+1 234"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"],
  ["\n=1+1", '"\'\n=1+1"'],
  ["\t=1+1", "'\t=1+1"],
  [" \r\n @x", '"\' \r\n @x"'],
  ["\u0001=1", "'\u0001=1"],
  ["\ufeff=1", "'\ufeff=1"],
  ["＝1", "'＝1"],
  ["a=1", "a=1"],
])("%j is %j in a file", (value, field) => {
  expect(csvField(value)).toBe(field);
});
