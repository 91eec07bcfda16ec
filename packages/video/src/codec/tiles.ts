/** A clip of numbers [B, C, F, H, W]. */
export interface Volume {
  shape: readonly [B: number, C: number, F: number, H: number, W: number];
  data: Float32Array;
}

export interface TileOptions {
  /** Side of a tile, and from one tile to the next, in entries of the input. */
  size: number;
  stride: number;
  /** Entries of the output for each of the input: 8, or 1/8. */
  scale: number;
  /** Called for each tile that is done. */
  onTile?: (done: number, total: number) => void;
}

/**
 * Works on a large clip tile by tile, so that memory is that of one tile. Tiles overlap; each is blended into the one above and then
 * the one to the left, both already blended, as diffusers does.
 *
 * @param work may be asked for tiles of different sizes at the borders
 */
export async function tiled(
  input: Volume,
  work: (tile: Volume) => Promise<Volume>,
  { size, stride, scale, onTile }: TileOptions,
): Promise<Volume> {
  const [, , , H, W] = input.shape;
  const [tops, lefts] = [starts(H, stride), starts(W, stride)];
  const blend = Math.floor((size - stride) * scale);
  const keep = Math.floor(stride * scale);
  const rows: Volume[][] = [];
  for (const [i, top] of tops.entries()) {
    const row: Volume[] = [];
    for (const [j, left] of lefts.entries()) {
      const tile = await work(cut(input, { top, left, height: size, width: size }));
      if (i > 0) blendDown(rows[i - 1]![j]!, tile, blend);
      if (j > 0) blendRight(row[j - 1]!, tile, blend);
      row.push(tile);
      onTile?.(i * lefts.length + j + 1, tops.length * lefts.length);
    }
    rows.push(row);
  }
  return join(rows, keep, { height: Math.floor(H * scale), width: Math.floor(W * scale) });
}

const starts = (length: number, stride: number): number[] =>
  Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);

/** A part of a clip, no larger than what is there. */
function cut(
  { shape: [B, C, F, H, W], data }: Volume,
  { top, left, height, width }: { top: number; left: number; height: number; width: number },
): Volume {
  const [h, w] = [Math.min(height, H - top), Math.min(width, W - left)];
  const out = new Float32Array(B * C * F * h * w);
  for (let plane = 0; plane < B * C * F; plane++)
    for (let y = 0; y < h; y++) {
      const from = (plane * H + top + y) * W + left;
      out.set(data.subarray(from, from + w), (plane * h + y) * w);
    }
  return { shape: [B, C, F, h, w], data: out };
}

/** The first rows of `below` fade in over the last of `above`. */
function blendDown(above: Volume, below: Volume, wanted: number): void {
  const [B, C, F, h, w] = below.shape;
  const [, , , H, W] = above.shape;
  const extent = Math.min(H, h, wanted);
  for (let plane = 0; plane < B * C * F; plane++)
    for (let y = 0; y < extent; y++)
      for (let x = 0; x < w; x++) {
        const at = (plane * h + y) * w + x;
        const old = above.data[(plane * H + H - extent + y) * W + x]!;
        below.data[at] = old * (1 - y / extent) + below.data[at]! * (y / extent);
      }
}

function blendRight(left: Volume, right: Volume, wanted: number): void {
  const [B, C, F, h, w] = right.shape;
  const W = left.shape[4];
  const extent = Math.min(W, w, wanted);
  for (let line = 0; line < B * C * F * h; line++)
    for (let x = 0; x < extent; x++) {
      const old = left.data[line * W + W - extent + x]!;
      right.data[line * w + x] = old * (1 - x / extent) + right.data[line * w + x]! * (x / extent);
    }
}

/** The first `keep` rows and columns of every tile, side by side, cut to a size. */
function join(
  rows: readonly (readonly Volume[])[],
  keep: number,
  { height, width }: { height: number; width: number },
): Volume {
  const [B, C, F] = rows[0]![0]!.shape;
  const out = new Float32Array(B * C * F * height * width);
  for (const [i, row] of rows.entries())
    for (const [j, { shape, data }] of row.entries()) {
      const [h, w] = [shape[3], shape[4]];
      const [top, left] = [i * keep, j * keep];
      const [lines, columns] = [Math.min(keep, h, height - top), Math.min(keep, w, width - left)];
      for (let plane = 0; plane < B * C * F; plane++)
        for (let y = 0; y < lines; y++) {
          const from = (plane * h + y) * w;
          if (columns > 0) out.set(data.subarray(from, from + columns), (plane * height + top + y) * width + left);
        }
    }
  return { shape: [B, C, F, height, width], data: out };
}
