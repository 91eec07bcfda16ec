import { diffArrays } from "diff";

/** A stretch of text that both have, or that one of them has. */
export interface DiffPiece {
  text: string;
  only: "left" | "right" | undefined;
}

/** Longest texts that are compared word by word, in code units of both together. */
const mostChars = 60_000;

/** Two texts word by word, in Chinese too; undefined where they are too long for it. */
export function wordDiff(left: string, right: string, locale: string): DiffPiece[] | undefined {
  if (left.length + right.length > mostChars) return undefined;
  const segmenter = new Intl.Segmenter(locale, { granularity: "word" });
  const words = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);
  const pieces = diffArrays(words(left), words(right), { timeout: 500 });
  return pieces?.map(({ value, added, removed }) => ({
    text: value.join(""),
    only: added ? "right" : removed ? "left" : undefined,
  }));
}
