import type { Figure, Page } from "../document.ts";
import { isNamed, namedFigures } from "../search/named-figures.ts";
import { PlacedText } from "../text/placed-text.ts";
import { splitSentences } from "../text/sentences.ts";

/** Sentences that refer to a figure are kept up to this many; a paper may name its main table on every page. */
const maxMentions = 8;

/**
 * Adds the sentences of a page that refer to a figure ("as Figure 3 shows") to the figure's mentions.
 * @returns the figures that were given one.
 */
export function linkMentions(page: Page, figures: readonly Figure[]): Figure[] {
  const changed = new Set<Figure>();
  for (const block of page.blocks) {
    if (block.kind === "caption" || block.kind === "header" || block.kind === "footer" || block.kind === "table")
      continue;
    if (namedFigures(block.text).length === 0) continue;
    const placed = new PlacedText(block.lines.map((line) => ({ ...line, page: page.number })));
    for (const text of splitSentences(block.text)) {
      for (const name of namedFigures(text)) {
        for (const figure of figures.filter((f) => isNamed(f.label, name))) {
          if (figure.mentions.length >= maxMentions || figure.mentions.some((m) => m.text === text)) continue;
          figure.mentions.push({ page: page.number, box: placed.locate(text)[0]?.box ?? block.box, text });
          changed.add(figure);
        }
      }
    }
  }
  return [...changed];
}
