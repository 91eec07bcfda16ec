import { area, intersect } from "../../boxes/boxes.ts";
import type { Figure, Page } from "../../document.ts";
import { captionLabel } from "../lines/label.ts";

type Part = Pick<Page, "blocks" | "figures">;

/**
 * The caption that opens a page while its figure closes the page before: the figure takes its label and caption. Its
 * place stays on its own page.
 *
 * @returns the figure that was named; undefined when there is no such pair.
 */
export function takeCaptionAhead(before: Part, page: Part): Figure | undefined {
  const [first] = page.blocks
    .filter(({ kind }) => kind !== "header" && kind !== "footer")
    .sort((a, b) => a.box[1] - b.box[1]);
  const label = first?.kind === "caption" ? captionLabel(first.text) : undefined;
  if (!first || !label) return undefined;
  const isServed = page.figures.some(
    ({ captionBox, label: own }) =>
      own === label.text || (captionBox && area(intersect(captionBox, first.box) ?? [0, 0, 0, 0]) > 0),
  );
  if (isServed) return undefined;
  const last = before.figures.reduce<Figure | undefined>(
    (lowest, figure) => (!lowest || figure.box[3] > lowest.box[3] ? figure : lowest),
    undefined,
  );
  if (!last || last.label || last.caption || (last.kind === "table") !== (label.kind === "table")) return undefined;
  const isLast = before.blocks.every(
    ({ kind, box }) => kind === "footer" || kind === "footnote" || box[1] < last.box[3],
  );
  if (!isLast) return undefined;
  last.label = label.text;
  last.caption = first.text;
  return last;
}
