import { expect, test } from "vitest";
import { cutText } from "./cut-text.ts";

test("a text is cut between characters, never in one", () => {
  const family = "👨‍👩‍👧‍👦";
  expect(cutText("abc", 3)).toBe("abc");
  expect(cutText("abcd", 3)).toBe("abc");
  expect(cutText(`ab${family}c`, 5)).toBe("ab");
  expect(cutText(`ab${family}c`, 2 + family.length)).toBe(`ab${family}`);
  expect(cutText("e\u0301e\u0301e\u0301", 5)).toBe("e\u0301e\u0301");
  expect(cutText("🌊".repeat(200), 201)).toBe("🌊".repeat(100));
  expect(cutText(`a${"\u0301".repeat(500)}`, 100)).toBe("");
});
