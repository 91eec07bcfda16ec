import { expect, test } from "vitest";
import { createFormat } from "./format.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const en = createFormat("en", () => now);
const zh = createFormat("zh-CN", () => now);

test("durations read as a person would say them", () => {
  expect([0.4, 840, 1250, 12_340, 90_000].map(en.duration)).toEqual([
    "<1 ms",
    "840 ms",
    "1.25 sec",
    "12.3 sec",
    "1 min 30 sec",
  ]);
  expect(zh.duration(1250)).toBe("1.25秒");
});

test("sizes keep one decimal while they are small", () => {
  expect([0, 999, 1536, 45_300, 1_250_000].map(en.bytes)).toEqual(["0 byte", "999 byte", "1.5 kB", "45 kB", "1.3 MB"]);
});

test("a cost below a cent keeps two significant digits", () => {
  expect([0, 0.00012, 1.239].map(en.cost)).toEqual(["$0.00", "$0.00012", "$1.24"]);
});

test("times are told from now, and old ones by date", () => {
  expect(en.ago("2026-03-01T11:57:00Z")).toBe("3 minutes ago");
  expect(zh.ago("2026-03-01T11:57:00Z")).toBe("3分钟前");
  expect(en.ago("2025-03-01T11:57:00Z")).toContain("2025");
});
