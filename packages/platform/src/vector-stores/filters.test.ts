import { expect, test } from "vitest";
import { type AttributeFilter, meets, readAttributes } from "./filters.ts";

const attributes = { year: 2020, kind: "paper", open: true };
const cases: [AttributeFilter, boolean][] = [
  [{ type: "eq", key: "year", value: 2020 }, true],
  [{ type: "eq", key: "year", value: "2020" }, false],
  [{ type: "ne", key: "kind", value: "book" }, true],
  [{ type: "ne", key: "absent", value: "x" }, true],
  [{ type: "gt", key: "year", value: 2020 }, false],
  [{ type: "gte", key: "year", value: 2020 }, true],
  [{ type: "lt", key: "kind", value: "q" }, true],
  [{ type: "lte", key: "year", value: "z" }, false],
  [{ type: "gt", key: "open", value: false }, false],
  [{ type: "gt", key: "absent", value: 0 }, false],
  [{ type: "in", key: "year", value: [1999, 2020] }, true],
  [{ type: "nin", key: "year", value: [1999, 2020] }, false],
  [{ type: "nin", key: "absent", value: ["x"] }, true],
  [
    {
      type: "and",
      filters: [
        { type: "eq", key: "open", value: true },
        { type: "lt", key: "year", value: 2000 },
      ],
    },
    false,
  ],
  [
    {
      type: "or",
      filters: [
        { type: "eq", key: "open", value: false },
        { type: "gt", key: "year", value: 2000 },
      ],
    },
    true,
  ],
];

test.each(cases)("%j", (filter, expected) => {
  expect(meets(attributes, filter)).toBe(expected);
});

test("attributes over a limit or of another type are named", () => {
  expect(readAttributes({ a: 1, b: "x", c: false })).toEqual({ a: 1, b: "x", c: false });
  expect(() => readAttributes({ a: null })).toThrow("`attributes.a`");
  expect(() => readAttributes({ a: "x".repeat(513) })).toThrow("513 characters");
  expect(() => readAttributes(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, i])))).toThrow("17");
});
