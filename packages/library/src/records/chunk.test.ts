import type { Block, Box, Figure, Page } from "@loam/pdf";
import { describe, expect, test } from "vitest";
import { Chunker, figureChunk } from "./chunk.ts";

const countTokens = (text: string) => text.split(/\s+/).filter(Boolean).length;

function block(kind: Block["kind"], text: string, box: Box = [50, 50, 300, 62], extra: Partial<Block> = {}): Block {
  return { kind, text, box, lines: [{ text, box }], ...extra };
}

function page(number: number, blocks: Block[], figures: Figure[] = []): Page {
  return { number, widthPt: 612, heightPt: 792, status: "text", blocks, figures };
}

function chunk(pages: Page[], options: { maxTokens?: number; overlapTokens?: number } = {}) {
  const chunker = new Chunker({ countTokens, ...options });
  return [...pages.flatMap((p) => chunker.push(p)), ...chunker.flush()];
}

const figure: Figure = {
  id: "p1-f1",
  page: 1,
  kind: "drawing",
  box: [50, 100, 300, 200],
  label: "Figure 1",
  caption: "Accuracy over time.",
  captionBox: [50, 205, 300, 217],
  mentions: [{ page: 2, box: [0, 0, 1, 1], text: "Figure 1 shows a rise." }],
  innerText: "92.5 88.1",
};

describe("chunks", () => {
  test("a passage over a page break is one chunk with a region on each page", () => {
    const chunks = chunk([
      page(1, [block("paragraph", "It begins here.", [50, 700, 300, 712]), block("footer", "1")]),
      page(2, [block("header", "2"), block("paragraph", "It ends there.", [50, 60, 300, 72])]),
    ]);
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatchObject({
      text: "It begins here. It ends there.",
      regions: [
        { page: 1, box: [50, 700, 300, 712] },
        { page: 2, box: [50, 60, 300, 72] },
      ],
    });
  });

  test("sizes stay under the limit, the last sentences are repeated, and nothing is lost", () => {
    const sentences = Array.from({ length: 30 }, (_, i) => `Sentence number ${i} says something new.`);
    const chunks = chunk([page(1, [block("paragraph", sentences.join(" "))])], { maxTokens: 30, overlapTokens: 6 });
    expect(Math.max(...chunks.map((c) => c.tokens))).toBeLessThanOrEqual(30);
    for (const sentence of sentences) expect(chunks.some((c) => c.text.includes(sentence))).toBe(true);
    expect(chunks[1]!.text.startsWith(chunks[0]!.text.split(". ").at(-1)!)).toBe(true);
  });

  test("headings are kept as context, a deeper one under its parent, and a bare one is found by itself", () => {
    const chunks = chunk([
      page(1, [
        block("heading", "A Title", undefined, { level: 1 }),
        block("heading", "Abstract", undefined, { level: 2 }),
        block("paragraph", "We do things."),
        block("heading", "Method", undefined, { level: 2 }),
        block("heading", "The End", undefined, { level: 2 }),
      ]),
    ]);
    expect(chunks.map((c) => [c.text, c.headings])).toEqual([
      ["We do things.", ["A Title", "Abstract"]],
      ["Method", ["A Title"]],
      ["The End", ["A Title"]],
    ]);
  });

  test("a long Chinese sentence without spaces is cut although the tokenizer counts it as one", () => {
    const chunks = chunk([page(1, [block("paragraph", "学".repeat(450))])], { maxTokens: 100, overlapTokens: 0 });
    expect(chunks.length).toBeGreaterThanOrEqual(5);
    expect(chunks.map((c) => c.text).join("")).toBe("学".repeat(450));
  });

  test("a long table is cut by rows, each part with caption and header", () => {
    const rows = [["Model", "Score"], ...Array.from({ length: 40 }, (_, i) => [`m${i}`, String(i)])];
    const box: Box = [50, 300, 300, 600];
    const table: Figure = { ...figure, kind: "table", label: "Table 1", caption: "Table 1. Scores.", box, id: "p1-t1" };
    const chunks = chunk([page(1, [block("table", "", box, { rows })], [table])], { maxTokens: 40 });
    expect(chunks.length).toBeGreaterThan(1);
    for (const c of chunks) {
      expect(c.text.split("\n").slice(0, 2)).toEqual(["Table 1. Scores.", "Model | Score"]);
      expect(c).toMatchObject({ kind: "table", figure: "p1-t1", regions: [{ page: 1, box }] });
    }
    expect(chunks.flatMap((c) => c.text.split("\n").slice(2))).toEqual(rows.slice(1).map((row) => row.join(" | ")));
    expect(figureChunk(table, { page: page(1, [block("table", "", box, { rows })]), countTokens })).toBeUndefined();
  });

  test("a figure's chunk joins caption, what it shows and where it is mentioned; its caption is not text again", () => {
    const own = page(1, [block("caption", "Figure 1: Accuracy over time.", figure.captionBox)], [figure]);
    expect(chunk([own])).toEqual([]);
    expect(figureChunk(figure, { page: own, countTokens })).toMatchObject({
      kind: "figure",
      text: "Figure 1: Accuracy over time.\n92.5 88.1\nFigure 1 shows a rise.",
      regions: [
        { page: 1, box: figure.box },
        { page: 1, box: figure.captionBox },
      ],
    });
    expect(figureChunk(figure, { page: own, description: "A line chart.", countTokens })!.text).toContain(
      "A line chart.",
    );
  });
});
