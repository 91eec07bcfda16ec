import type { Box } from "../../document.ts";

/** A line of the page's top or bottom margin, kept to be compared with those of the pages around. */
export interface MarginLine {
  /** Digits as "#", without spaces. */
  pattern: string;
  text: string;
  y: number;
  box: Box;
}

/** How much of the page's height (from an edge) may hold running heads. */
export const marginShare = 0.13;

export function toPattern(text: string): string {
  return text
    .replace(/\d+/gu, "#")
    .replace(/\b[ivxlc]{1,6}\b/giu, "#")
    .replace(/\s+/gu, "")
    .toLowerCase();
}

const pageNumber =
  /^(?:[-–—·•|\s]*(?:page|p\.|第)?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*(?:页)?(?:\s*(?:of|\/|共)\s*\d{1,4}\s*页?)?[-–—·•|\s]*)$/iu;

/**
 * Whether a margin line runs: the same text (numbers aside) stands at about the same height on a page around, or it is
 * a page number at the very edge.
 */
export function isRunning(
  line: MarginLine,
  around: readonly (readonly MarginLine[])[],
  { outermost }: { outermost: boolean },
): boolean {
  if (outermost && pageNumber.test(line.text)) return true;
  if (line.pattern.length < 2 && !/[#]/.test(line.pattern)) return false;
  return around.some((lines) =>
    lines.some((other) => other.pattern === line.pattern && Math.abs(other.y - line.y) < 8),
  );
}
