import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "./cut-text.ts";

const countTokens = (text: string) => text.split(/\s+/).filter(Boolean).length;
const cut = async (text: string, maxTokens: number, overlapTokens = 0) =>
  await Array.fromAsync(cutText(text, { maxTokens, overlapTokens, countTokens }));

test("pieces end with sentences where they can, and stand where they say", async () => {
  const text = "One two three. Four five six.\n\nSeven eight nine. Ten.";
  const pieces = await cut(text, 7);
  expect(pieces.map((piece) => piece.text)).toEqual(["One two three. Four five six.", "Seven eight nine. Ten."]);
  expect(pieces.map(({ start }) => start)).toEqual([0, text.indexOf("Seven")]);
});

test("a piece begins with the end of the one before", async () => {
  const pieces = await cut("A b. C d. E f. G h. I j.", 6, 2);
  expect(pieces.map((piece) => piece.text)).toEqual(["A b. C d. E f.", "E f. G h. I j."]);
});

test("a text without sentences is cut between words, one without words anywhere but within a character", async () => {
  for (const { text } of await cut("word ".repeat(1000), 40, 10)) expect(text).toMatch(/^(word )*word$/);
  const pieces = await Array.fromAsync(cutText("🌊".repeat(500), { maxTokens: 16, countTokens: (t) => [...t].length }));
  expect(pieces.map(({ text }) => text).join("")).toBe("🌊".repeat(500));
});

test("whatever the text: nothing is lost, nothing is longer than asked for, and every piece is of the text", async () => {
  const words = fc.stringMatching(/^(?:[a-z。]{1,6}|[.!?\n ]{1,3}|海🌊){0,60}$/);
  await fc.assert(
    fc.asyncProperty(
      words,
      fc.integer({ min: 8, max: 30 }),
      fc.integer({ min: 0, max: 4 }),
      async (text, max, overlap) => {
        const pieces = await Array.fromAsync(
          cutText(text, { maxTokens: max, overlapTokens: overlap, countTokens: (part) => part.length }),
        );
        let end = 0;
        for (const piece of pieces) {
          expect(text.slice(piece.start, piece.start + piece.text.length)).toBe(piece.text);
          expect(text.slice(end, Math.max(end, piece.start)).trim()).toBe("");
          expect(piece.tokens).toBeLessThanOrEqual(max + 2); // a character of two units is never cut
          end = Math.max(end, piece.start + piece.text.length);
        }
        expect(text.slice(end).trim()).toBe("");
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});
