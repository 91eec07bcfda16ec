import { expect, test } from "vitest";
import { captionLabel, labelsIn } from "./label.ts";

test.each([
  ["Figure 3: Accuracy by size", "figure:3", "Figure 3"],
  ["Fig. 3. Accuracy", "figure:3", "Fig. 3"],
  ["FIGURE 1. Median income", "figure:1", "FIGURE 1"],
  ["TABLE II", "table:2", "TABLE II"],
  ["Table 2 | Comparison", "table:2", "Table 2"],
  ["图 3 系统结构", "figure:3", "图 3"],
  ["图3-1 系统结构", "figure:3-1", "图3-1"],
  ["表 2：结果比较", "table:2", "表 2"],
  ["Figure A.1: More", "figure:A-1", "Figure A.1"],
])("%s is a caption", (text, key, label) => {
  expect(captionLabel(text)).toMatchObject({ key, text: label });
});

test.each([
  "Figure 3 shows that accuracy falls",
  "图 3 所示的系统",
  "Figures are drawn to scale",
  "表面积很大",
  "Table tennis is a sport",
])("%s is no caption", (text) => {
  expect(captionLabel(text)).toBeUndefined();
});

test("references are found in lists and ranges, in English and Chinese", () => {
  const keys = (text: string) => labelsIn(text).map((label) => label.key);
  expect(keys("see Figures 3 and 4 and Table 2")).toEqual(["figure:3", "figure:4", "table:2"]);
  expect(keys("Figs. 2–4 show")).toEqual(["figure:2", "figure:3", "figure:4"]);
  expect(keys("如图 5 和表 3-2 所示")).toEqual(["figure:5", "table:3-2"]);
});
