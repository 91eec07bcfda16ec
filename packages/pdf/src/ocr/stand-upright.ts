import { throwIfCancelled } from "@loam/core";
import { upsideDownProbabilities } from "./direction-classifier.ts";
import type { OcrModels } from "./ocr-models.ts";
import { type Point, type Quad, quadHeight, quadWidth, turnQuad } from "./quad.ts";
import { type RgbImage, turnImage } from "./rgb-image.ts";
import { detectText } from "./text-detector.ts";
import { readLines } from "./text-recogniser.ts";

/** A quad this many times as high as wide holds text that runs down or up the page. */
export const standingRatio = 1.5;
/** The longest lines decide which way up a page is; the next few settle a doubt by being read both ways. */
const votingLines = 16;
const readLinesInDoubt = 4;

export interface UprightPage {
  image: RgbImage;
  /** Text boxes on the upright image, each read from its left. */
  quads: Quad[];
  /** Clockwise quarter turns from the given image to the upright one. */
  quarterTurns: 0 | 1 | 2 | 3;
}

/**
 * Turns a page so that most of its text stands upright. Boxes that are higher than wide tell a quarter turn, the
 * direction classifier a half turn; a half turn is only believed when reading the longest lines that way is surer.
 */
export async function standUpright(
  models: OcrModels,
  given: RgbImage,
  { signal }: { signal?: AbortSignal } = {},
): Promise<UprightPage> {
  let image = given;
  let quads = await detectText(models.detector, image);
  let quarterTurns: 0 | 1 = 0;
  throwIfCancelled(signal, "text recognition");
  if (mostlyStanding(quads)) {
    image = turnImage(given, 1);
    quads = await detectText(models.detector, image);
    quarterTurns = 1;
    throwIfCancelled(signal, "text recognition");
  }
  if (!(await isUpsideDown(models, image, quads, signal))) return { image, quads, quarterTurns };
  const { width, height } = image;
  const turned = quads.map((quad): Quad => {
    const [tl, tr, br, bl] = turnQuad(quad, 2);
    const across = ([x, y]: Point): Point => [width - x, height - y];
    return [across(tl), across(tr), across(br), across(bl)];
  });
  return { image: turnImage(image, 2), quads: turned, quarterTurns: quarterTurns === 0 ? 2 : 3 };
}

/** True when, by length, most of the text that has a clear direction runs down or up. */
function mostlyStanding(quads: readonly Quad[]): boolean {
  let [lying, standing] = [0, 0];
  for (const quad of quads) {
    const [width, height] = [quadWidth(quad), quadHeight(quad)];
    if (width >= standingRatio * height) lying += width;
    else if (height >= standingRatio * width) standing += height;
  }
  return standing > lying;
}

async function isUpsideDown(models: OcrModels, image: RgbImage, quads: readonly Quad[], signal?: AbortSignal) {
  const longest = quads
    .filter((quad) => quadWidth(quad) >= standingRatio * quadHeight(quad))
    .sort((a, b) => quadWidth(b) - quadWidth(a))
    .slice(0, votingLines);
  if (longest.length === 0) return false;
  const votes = await upsideDownProbabilities(models.direction, image, longest);
  if (votes.reduce((sum, p) => sum + p, 0) < votes.length / 2) return false;
  const sample = longest.slice(0, readLinesInDoubt);
  const bothWays = [...sample, ...sample.map((quad) => turnQuad(quad, 2))];
  const lines = await readLines(models.recogniser, image, bothWays, { alphabet: models.alphabet, signal });
  const sure = (part: typeof lines) => part.reduce((sum, { confidence }) => sum + confidence, 0);
  return sure(lines.slice(sample.length)) > sure(lines.slice(0, sample.length));
}
