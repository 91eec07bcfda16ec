import { expect, test } from "vitest";
import { visualToLogical } from "./lines.ts";

test("a Hebrew line that stands from right to left is read in order, its numbers unturned", () => {
  expect(visualToLogical("2024 תנש םולש", "rtl")).toBe("שלום שנת 2024");
});

test("a Hebrew word in an English line is turned alone", () => {
  expect(visualToLogical("the word םולש means peace", "ltr")).toBe("the word שלום means peace");
});
