import { describe, expect, test } from "vitest";
import { PlacedText } from "./placed-text.ts";
import { splitSentences } from "./sentences.ts";
import { splitTable } from "./table-header.ts";

describe("sentences", () => {
  test.each([
    ["We train it. It works! Does it?", ["We train it.", "It works!", "Does it?"]],
    [
      "As Fig. 3 shows, J. Smith et al. used 2.5 GB. Then (see Sec. 4) it ended.",
      ["As Fig. 3 shows, J. Smith et al. used 2.5 GB.", "Then (see Sec. 4) it ended."],
    ],
    ["模型有三层。训练用了 2.5 天！“结束。”下一句", ["模型有三层。", "训练用了 2.5 天！", "“结束。”", "下一句"]],
    ['He said "no." Then he left.', ['He said "no."', "Then he left."]],
    ["1. First item 2.0 is out. Yes", ["1. First item 2.0 is out.", "Yes"]],
    ["A heading\n\nA paragraph", ["A heading", "A paragraph"]],
    ["", []],
  ])("%s", (text, expected) => {
    expect(splitSentences(text)).toEqual(expected);
  });
});

describe("placed text", () => {
  const text = new PlacedText([
    { page: 1, text: "The reward is com-", box: [50, 700, 250, 712] },
    { page: 1, text: "puted by a ﬁxed rule.", box: [50, 714, 240, 726] },
    { page: 1, text: "It needs no", box: [300, 50, 500, 62] },
    { page: 2, text: "model at all.", box: [50, 40, 120, 52] },
  ]);

  test("a quote is boxed by its own lines, hyphens and ligatures aside", () => {
    expect(text.locate("reward is computed by a fixed rule")).toEqual([{ page: 1, box: [50, 700, 250, 726] }]);
    expect(text.locate("fixed rule")).toEqual([{ page: 1, box: [50, 714, 240, 726] }]);
  });

  test("a quote over two columns and a page break has a box in each", () => {
    expect(text.locate("a fixed rule. It needs no model")).toEqual([
      { page: 1, box: [50, 714, 240, 726] },
      { page: 1, box: [300, 50, 500, 62] },
      { page: 2, box: [50, 40, 120, 52] },
    ]);
  });

  test("a quote with a changed word is still found, a strange one is not", () => {
    expect(text.locate("The reward is computed by one fixed rule")).toEqual([{ page: 1, box: [50, 700, 250, 726] }]);
    expect(text.locate("Nothing of the kind was written here")).toEqual([]);
    expect(text.locate("…")).toEqual([]);
  });
});

describe("table headers", () => {
  test("rows above the numbers are one header, joined by column", () => {
    const rows = [
      ["", "GPT", "Deep"],
      ["Benchmark", "4o 0513", "V3"],
      ["MMLU", "87.2", "88.5"],
      ["Size", "-", "37B"],
    ];
    expect(splitTable(rows)).toEqual({ header: ["Benchmark", "GPT 4o 0513", "Deep V3"], body: rows.slice(2) });
  });

  test("a table of words has one header row, a table that begins with numbers keeps its first row as header", () => {
    const words = [
      ["Name", "Use"],
      ["a", "cut"],
      ["b", "glue"],
    ];
    expect(splitTable(words)).toEqual({ header: words[0], body: words.slice(1) });
    const numbers = [
      ["x", "1", "2"],
      ["y", "3", "4"],
    ];
    expect(splitTable(numbers)).toEqual({ header: numbers[0], body: numbers.slice(1) });
    expect(splitTable([])).toEqual({ header: [], body: [] });
  });
});
