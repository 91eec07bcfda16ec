import { availableParallelism } from "node:os";
import { ArgumentError, throwIfCancelled } from "@loam/core";
import { type OcrModels, openOcrModels } from "./ocr-models.ts";
import { type Point, type Quad, quadBox } from "./quad.ts";
import { readUpright } from "./read-upright.ts";
import { readingOrder } from "./reading-order.ts";
import type { OcrLine, RasterImage, Recogniser } from "./recogniser.ts";
import { toRgb, turnPointBack } from "./rgb-image.ts";
import { standUpright } from "./stand-upright.ts";

/** Lines read with less confidence are taken for drawings (PaddleOCR's `drop_score`). */
const minConfidence = 0.5;

/**
 * Opens PP-OCRv4 for Chinese and English on ONNX Runtime: text detection, direction, recognition. The networks are
 * loaded once and serve any number of images; calls may overlap.
 *
 * @param options.threads cores that one network may use; at most four by default, more gain little on single lines.
 * @throws {UnavailableError} when the model files are not installed.
 */
export async function openRecogniser({
  threads = Math.min(4, availableParallelism()),
}: {
  threads?: number;
} = {}): Promise<Recogniser> {
  if (!Number.isInteger(threads) || threads < 1) throw new ArgumentError("threads", threads, "a positive integer");
  const models = await openOcrModels({ threads });
  return {
    recognise: (image, options) => recognise(models, image, options),
    async close() {
      await Promise.all([models.detector.close(), models.direction.close(), models.recogniser.close()]);
    },
  };
}

async function recognise(
  models: OcrModels,
  given: RasterImage,
  { signal }: { signal?: AbortSignal } = {},
): Promise<OcrLine[]> {
  throwIfCancelled(signal, "text recognition");
  const { width, height } = given;
  const { image, quads, quarterTurns } = await standUpright(models, toRgb(given), { signal });
  const read = (await readUpright(models, image, quads, { signal })).filter(
    ({ text, confidence }) => text.trim() !== "" && confidence >= minConfidence,
  );
  const order = readingOrder(read.map(({ quad }) => quadBox(quad, image.width, image.height)));
  return order.map((i) => {
    const { text, confidence, quad } = read[i]!;
    const back = (point: Point) => turnPointBack(point, quarterTurns, width, height);
    const onGiven: Quad = [back(quad[0]), back(quad[1]), back(quad[2]), back(quad[3])];
    return { text: text.trim(), confidence, quad: onGiven, box: quadBox(onGiven, width, height) };
  });
}
