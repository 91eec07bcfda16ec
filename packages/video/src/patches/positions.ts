import { constant, type RopeTables, type Tensor } from "@loam/graph";
import type { PatchGrid } from "./patchify.ts";

/** Where each token stands: frame, row and column of its patch, which need not be whole numbers. */
export type TokenPositions = readonly (readonly [frame: number, row: number, column: number])[];

/** A table of numbers, row-major. */
export interface Table {
  shape: [rows: number, columns: number];
  data: Float32Array;
}

/** Positions on a grid in (frame, row, column) order, the order of tokens. `scale` and `offset` count per axis. */
export function gridPositions(
  [frames, rows, columns]: PatchGrid,
  {
    scale = [1, 1, 1],
    offset = [0, 0, 0],
  }: { scale?: readonly [number, number, number]; offset?: readonly [number, number, number] } = {},
): TokenPositions {
  const positions: [number, number, number][] = [];
  for (let f = 0; f < frames; f++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        positions.push([offset[0] + f * scale[0], offset[1] + y * scale[1], offset[2] + x * scale[2]]);
  return positions;
}

/**
 * A grid spread over another window of positions, for a size that was not trained on: rows from `top` to bottom·(n - 1)/n in
 * n even steps, as diffusers has it, and columns likewise.
 */
export function windowPositions(
  [frames, rows, columns]: PatchGrid,
  [top, left, bottom, right]: readonly [number, number, number, number],
): TokenPositions {
  const step = (from: number, to: number, count: number) =>
    count === 1 ? 0 : ((to * (count - 1)) / count - from) / (count - 1);
  return gridPositions([frames, rows, columns], {
    scale: [1, step(top, bottom, rows), step(left, right, columns)],
    offset: [0, top, left],
  });
}

/** sin then cos of position / 10000^(2i/width), i < width/2 (arXiv:1706.03762 §3.5). */
function sincos(position: number, width: number, write: (at: number, x: number) => void): void {
  for (let i = 0; i < width / 2; i++) {
    const angle = position / 10000 ** (i / (width / 2));
    write(i, Math.sin(angle));
    write(width / 2 + i, Math.cos(angle));
  }
}

/**
 * Factorised sine-cosine embeddings: a quarter of the width for the frame, three eighths for the column, three eighths for the
 * row. The column comes before the row, as in the tables of MAE and DiT.
 */
export function sincos3d(positions: TokenPositions, width: number): Table {
  const data = new Float32Array(positions.length * width);
  const [forFrame, forSide] = [width / 4, (width * 3) / 8];
  for (const [token, [frame, row, column]] of positions.entries()) {
    const from = token * width;
    sincos(frame, forFrame, (at, x) => void (data[from + at] = x));
    sincos(column, forSide, (at, x) => void (data[from + forFrame + at] = x));
    sincos(row, forSide, (at, x) => void (data[from + forFrame + forSide + at] = x));
  }
  return { shape: [positions.length, width], data };
}

/** The table of image transformers: the first half of the width for the column, the second for the row. */
export function sincos2d({ rows, columns }: { rows: number; columns: number }, width: number): Table {
  const data = new Float32Array(rows * columns * width);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const from = (y * columns + x) * width;
      sincos(x, width / 2, (at, value) => void (data[from + at] = value));
      sincos(y, width / 2, (at, value) => void (data[from + width / 2 + at] = value));
    }
  return { shape: [rows * columns, width], data };
}

/** How many of a head's entries turn with each axis; each share is even. */
export type RopeShares = readonly [frame: number, row: number, column: number];

/** A quarter of the head for the frame and three eighths each for row and column. */
export const quarterShares = (headDim: number): RopeShares => [
  Math.floor(headDim / 4),
  Math.floor(headDim / 8) * 3,
  Math.floor(headDim / 8) * 3,
];

/**
 * Angles of rotary embeddings along three axes (arXiv:2104.09864), each with its own frequencies θ^(-2i/share), as cosines and
 * sines of neighbouring pairs: [T, headDim/2] each.
 */
export function rope3d(
  positions: TokenPositions,
  shares: RopeShares,
  { theta = 10_000 }: { theta?: number } = {},
): { cos: Table; sin: Table } {
  const pairs = shares.reduce((sum, share) => sum + share / 2, 0);
  const frequencies = shares.flatMap((share, axis) =>
    Array.from({ length: share / 2 }, (_, i) => ({ axis, frequency: Math.fround(1 / theta ** ((2 * i) / share)) })),
  );
  const cos = new Float32Array(positions.length * pairs);
  const sin = new Float32Array(positions.length * pairs);
  for (const [token, position] of positions.entries())
    for (const [pair, { axis, frequency }] of frequencies.entries()) {
      const angle = Math.fround(position[axis]! * frequency);
      cos[token * pairs + pair] = Math.cos(angle);
      sin[token * pairs + pair] = Math.sin(angle);
    }
  return { cos: { shape: [positions.length, pairs], data: cos }, sin: { shape: [positions.length, pairs], data: sin } };
}

/** A table as a constant of the graph. */
export const tableTensor = ({ shape, data }: Table): Tensor => constant({ dtype: "float32", shape, data });

export const ropeTensors = ({ cos, sin }: { cos: Table; sin: Table }): RopeTables => ({
  cos: tableTensor(cos),
  sin: tableTensor(sin),
});
