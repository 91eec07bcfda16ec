import { expect, test } from "vitest";
import { en } from "../i18n/en.ts";
import { zhCn } from "../i18n/zh-cn.ts";
import { whereOf } from "./place.ts";

test.each([
  [{ page: 3 }, "p. 3", "第 3 页"],
  [{ page: 1, place: { sheet: "Costs", cells: "A4:D4" } }, "sheet Costs, A4:D4", "工作表 Costs, A4:D4"],
  [{ page: 2, place: { slide: 2 } }, "slide 2", "幻灯片 2"],
  [{ page: 1, place: { part: "message", lines: [3, 5] as const } }, "message, lines 3–5", "message, 第 3–5 行"],
  [{ page: 1, place: { headings: ["Fees", "Guests"] } }, "Guests", "Guests"],
])("%j is said in both languages", (citation, english, chinese) => {
  expect(whereOf([citation], en.common)).toBe(english);
  expect(whereOf([citation], zhCn.common)).toBe(chinese);
});
