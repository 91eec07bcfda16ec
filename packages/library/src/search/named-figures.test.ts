import { describe, expect, test } from "vitest";
import { isNamed, namedFigures } from "./named-figures.ts";

describe("figures by name", () => {
  test.each([
    ["What does Figure 3 show?", [{ kind: "figure", number: "3" }]],
    [
      "Fig. 2a and fig 4",
      [
        { kind: "figure", number: "2a" },
        { kind: "figure", number: "4" },
      ],
    ],
    ["Table IV and figure it out", [{ kind: "table", number: "iv" }]],
    ["see Table 4.1", [{ kind: "table", number: "4.1" }]],
    [
      "图 3 和表2-1",
      [
        { kind: "figure", number: "3" },
        { kind: "table", number: "2-1" },
      ],
    ],
    ["如图３所示", [{ kind: "figure", number: "3" }]],
    ["a vegetable 3 and stable 2", []],
    ["Table A1", [{ kind: "table", number: "a1" }]],
  ] as const)("%s", (text, expected) => {
    expect(namedFigures(text)).toEqual(expected);
  });

  test("a label is the figure that was named, not its neighbour", () => {
    expect(isNamed("Figure 3:", { kind: "figure", number: "3" })).toBe(true);
    expect(isNamed("Figure 13", { kind: "figure", number: "3" })).toBe(false);
    expect(isNamed("表 3", { kind: "figure", number: "3" })).toBe(false);
    expect(isNamed(undefined, { kind: "figure", number: "3" })).toBe(false);
  });
});
