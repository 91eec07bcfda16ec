import type { DecodedLine } from "./ctc-decode.ts";
import { upsideDownProbabilities } from "./direction-classifier.ts";
import type { OcrModels } from "./ocr-models.ts";
import { type Quad, quadHeight, quadWidth, turnQuad } from "./quad.ts";
import type { RgbImage } from "./rgb-image.ts";
import { standingRatio } from "./stand-upright.ts";
import { readLines } from "./text-recogniser.ts";

/** From this probability on, a line on an upright page is also tried upside down (`cls_thresh`). */
const upsideDownThreshold = 0.9;
/** A standing box longer than this is a turned line; a shorter one may be a digit or two characters one above the other. */
const surelyTurnedRatio = 3;
/** A reading against the page's direction must be this much surer: "97%" upside down also reads well. */
const turnedMargin = 0.15;

/** A line and the quad it was read from, which may be the detected one turned. */
export interface ReadLine extends DecodedLine {
  quad: Quad;
}

/**
 * Reads each text box of an upright page. Where its direction is in doubt (axis labels, single digits, lines that the
 * classifier thinks upside down) it is read every way it may stand, and the surest reading is kept.
 */
export async function readUpright(
  models: OcrModels,
  image: RgbImage,
  quads: readonly Quad[],
  { signal }: { signal?: AbortSignal } = {},
): Promise<ReadLine[]> {
  const upsideDown = await upsideDownProbabilities(models.direction, image, quads);
  const ways = quads.flatMap((quad, line) => waysToRead(quad, upsideDown[line]!).map((quad) => ({ line, quad })));
  const decoded = await readLines(
    models.recogniser,
    image,
    ways.map(({ quad }) => quad),
    { alphabet: models.alphabet, signal },
  );
  const best: ReadLine[] = new Array(quads.length);
  ways.forEach(({ line, quad }, way) => {
    const reading = decoded[way]!;
    const margin = quadWidth(quads[line]!) >= quadHeight(quads[line]!) ? turnedMargin : 0;
    if (!best[line] || reading.confidence > best[line].confidence + margin) best[line] = { ...reading, quad };
  });
  return best;
}

/** The likeliest first; ties go to it. */
function waysToRead(quad: Quad, upsideDownProbability: number): Quad[] {
  const ratio = quadHeight(quad) / quadWidth(quad);
  if (ratio < standingRatio) return upsideDownProbability > upsideDownThreshold ? [quad, turnQuad(quad, 2)] : [quad];
  const turned = [turnQuad(quad, 1), turnQuad(quad, 3)];
  return ratio < surelyTurnedRatio ? [quad, ...turned] : turned;
}
