import { unionAll } from "../../boxes/boxes.ts";
import type { Block, Box, Figure, Page } from "../../document.ts";
import { captionLabel, labelsIn } from "../lines/label.ts";

/**
 * Fills `mentions` of every labelled figure with the sentences of the document that refer to its label; to be called
 * when all pages have been read. Two figures with one label (chapters that count anew) share by nearness: a sentence
 * belongs to the figure on the nearest page.
 */
export function linkMentions(pages: readonly Pick<Page, "number" | "blocks" | "figures">[]): void {
  const byKey = new Map<string, Figure[]>();
  for (const figure of pages.flatMap((page) => page.figures)) {
    figure.mentions = [];
    const label = figure.label && captionLabel(figure.label);
    if (!label) continue;
    const same = byKey.get(label.key);
    if (same) same.push(figure);
    else byKey.set(label.key, [figure]);
  }
  if (byKey.size === 0) return;
  for (const page of pages) {
    for (const block of page.blocks) {
      if (block.kind === "caption" || block.kind === "header" || block.kind === "footer") continue;
      if (labelsIn(block.text).length === 0) continue;
      for (const sentence of sentencesOf(block)) {
        const keys = new Set(labelsIn(sentence.text).map((label) => label.key));
        for (const key of keys) {
          const figure = byKey
            .get(key)
            ?.reduce((best, other) =>
              Math.abs(other.page - page.number) < Math.abs(best.page - page.number) ? other : best,
            );
          figure?.mentions.push({ page: page.number, ...sentence });
        }
      }
    }
  }
}

const sentenceEnd = /[.!?][)”"’\]]*\s+(?=[\p{Lu}\d“"‘([\u3400-\u9fff])|[。！？；][”’）]?/gu;
const abbreviation =
  /(?:^|[\s(])(?:Figs?|Tabs?|Eqs?|Secs?|Refs?|Nos?|Vols?|Chap|pp?|vs|cf|al|e\.g|i\.e|approx|resp|Dr|Mr|Mrs|Prof|St|[A-Z])\.$/u;

/** The sentences of a block, each with the box of the printed lines that it stands on. */
export function sentencesOf(block: Block): { text: string; box: Box }[] {
  const { text } = block;
  const ends: number[] = [];
  for (const match of text.matchAll(sentenceEnd)) {
    const end = match.index + match[0].length;
    if (!abbreviation.test(text.slice(0, match.index + 1))) ends.push(end);
  }
  ends.push(text.length);
  const starts = lineStarts(block);
  const sentences: { text: string; box: Box }[] = [];
  let from = 0;
  for (const to of ends) {
    const sentence = text.slice(from, to).trim();
    if (sentence !== "") {
      const boxes = block.lines
        .filter((_, i) => starts[i]! < to - 1 && (starts[i + 1] ?? Infinity) > from)
        .map(({ box }) => box);
      sentences.push({ text: sentence, box: boxes.length > 0 ? unionAll(boxes) : block.box });
    }
    from = to;
  }
  return sentences;
}

/** Where in the block's text each printed line begins. */
function lineStarts({ text, lines }: Block): number[] {
  let cursor = 0;
  return lines.map((line) => {
    const head = line.text.trim().slice(0, 14);
    const found = head === "" ? -1 : text.indexOf(head, cursor);
    const start = found >= 0 && found < cursor + 40 ? found : cursor;
    cursor = Math.min(text.length, start + Math.max(0, line.text.trim().length - 2));
    return start;
  });
}
