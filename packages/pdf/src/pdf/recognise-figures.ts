import type { Recogniser } from "../ocr/recogniser.ts";
import type { ReadResult } from "./protocol.ts";

/** Figures smaller than this (points, both sides) hold no text worth recognising. */
const smallestTextFigure = 48;

/** Reads the text inside pictures, and inside drawings whose own text has no meaning. */
export async function recogniseFigures(
  { page, crops }: ReadResult,
  recogniser: Pick<Recogniser, "recognise">,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const [i, crop] of crops.entries()) {
    const figure = page.figures[i]!;
    const { innerText: inner } = figure;
    const [x0, y0, x1, y1] = figure.box;
    const silent = figure.kind === "image" ? inner.length < 12 : figure.kind === "drawing" && isGibberish(inner);
    if (!silent || Math.min(x1 - x0, y1 - y0) < smallestTextFigure) continue;
    const lines = (await recogniser.recognise(crop, { signal })).filter(({ confidence }) => confidence >= 0.5);
    if (lines.length > 0) figure.innerText = lines.map(({ text }) => text).join("\n");
  }
}

/** No text, or the letters of fonts whose encoding the file does not tell. */
function isGibberish(text: string): boolean {
  if (text.length < 4) return true;
  const plain = text.match(/[\p{L}\p{N}\s.,%()-]/gu)?.length ?? 0;
  return plain < 0.75 * text.length;
}
