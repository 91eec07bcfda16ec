import { throwIfCancelled } from "@loam/core";
import { ctcDecode, type DecodedLine } from "./ctc-decode.ts";
import { stripHeightPx, stripWidth, writeStrip } from "./line-strip.ts";
import type { Quad } from "./quad.ts";
import type { RgbImage } from "./rgb-image.ts";
import type { FloatSession } from "./session.ts";

/** Strips narrower than this are padded to it (`rec_image_shape`). */
const minWidthPx = 320;
/** Longer strips are squeezed; a line of 80 times its height is no line of text. */
const maxWidthPx = 3840;
/** A batch holds strips of about one width, so that little is spent on padding. */
const maxBatchAreaPx = 6 * minWidthPx * stripHeightPx;

/** Reads each quad: PP-OCRv4's SVTR-LCNet recogniser and greedy CTC decoding. Results are in the order of `quads`. */
export async function readLines(
  session: FloatSession,
  image: RgbImage,
  quads: readonly Quad[],
  { alphabet, signal }: { alphabet: readonly string[]; signal?: AbortSignal },
): Promise<DecodedLine[]> {
  const lines: DecodedLine[] = new Array(quads.length);
  for (const batchOf of batchesByWidth(quads)) {
    throwIfCancelled(signal, "text recognition");
    const batchWidth = Math.max(minWidthPx, ...batchOf.map(({ width }) => width));
    const batch = new Float32Array(batchOf.length * 3 * stripHeightPx * batchWidth);
    batchOf.forEach(({ quad, width }, index) => {
      writeStrip(image, quad, { batch, batchWidth, index, width });
    });
    const { data, shape } = await session.run(batch, [batchOf.length, 3, stripHeightPx, batchWidth]); // [B, T, V]
    const perLine = shape[1]! * shape[2]!;
    batchOf.forEach(({ at }, index) => {
      lines[at] = ctcDecode(data.subarray(index * perLine, (index + 1) * perLine), alphabet);
    });
  }
  return lines;
}

interface Strip {
  at: number;
  quad: Quad;
  width: number;
}

/** Groups of similar width whose padded area stays within the batch limit; widths grow from group to group. */
function batchesByWidth(quads: readonly Quad[]): Strip[][] {
  const strips = quads
    .map((quad, at) => ({ at, quad, width: Math.min(maxWidthPx, stripWidth(quad)) }))
    .sort((a, b) => a.width - b.width);
  const batches: Strip[][] = [];
  let current: Strip[] = [];
  for (const strip of strips) {
    const width = Math.max(minWidthPx, strip.width);
    if (current.length > 0 && (current.length + 1) * width * stripHeightPx > maxBatchAreaPx) {
      batches.push(current);
      current = [];
    }
    current.push(strip);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
