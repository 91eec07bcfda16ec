import { describe, expect, test } from "vitest";
import * as g from "../index.ts";

const rows = 48;
const columns = 96;
const random = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + i * i * 0.01) / 10);
const weight = random(rows * columns);
const nf4 = g.quantize4bit(weight, [rows, columns], { type: "nf4", doubleQuantization: true });
const fp4 = g.quantize4bit(weight, [rows, columns], { type: "fp4" });
const grouped = g.quantizeGroups(weight, [rows, columns]);
const rowwise = g.quantizeRowwise(weight, rows);

/** 33 × 51: odd columns, blocks that run on from row to row, a short last block and half a byte left over. */
const oddRows = 33;
const oddColumns = 51;
const odd = (["nf4", "fp4"] as const).flatMap((type) =>
  [false, true].map((doubleQuantization) => {
    const matrix = g.quantize4bit(random(oddRows * oddColumns), [oddRows, oddColumns], { type, doubleQuantization });
    return {
      format: `${type} of 33 × 51${doubleQuantization ? ", scales in 8 bits" : ""}`,
      dense: g.dequantize4bit(matrix),
      build: () => g.fourBitWeight("w", matrix),
      forward: 1e-5,
      rows: oddRows,
      columns: oddColumns,
    };
  }),
);

/** Grouped weights meet activations rounded to 8 bits, hence the wider bound. */
const formats = [
  { format: "nf4", dense: g.dequantize4bit(nf4), build: () => g.fourBitWeight("w", nf4), forward: 1e-5 },
  { format: "fp4", dense: g.dequantize4bit(fp4), build: () => g.fourBitWeight("w", fp4), forward: 1e-5 },
  // Larger blocks than the operator knows become rows of small ones; 4608 numbers end in a short block of each size.
  ...[512, 1024, 2048, 4096].flatMap((blockSize) =>
    [false, true].map((doubleQuantization) => {
      const matrix = g.quantize4bit(weight, [rows, columns], { type: "nf4", blockSize, doubleQuantization });
      return {
        format: `nf4 by ${blockSize}${doubleQuantization ? ", scales in 8 bits" : ""}`,
        dense: g.dequantize4bit(matrix),
        build: () => g.fourBitWeight("w", matrix),
        forward: 1e-5,
      };
    }),
  ),
  { format: "grouped", dense: g.dequantizeGroups(grouped), build: () => g.groupedWeight("w", grouped), forward: 1e-2 },
  { format: "int8", dense: g.dequantizeRowwise(rowwise), build: () => g.rowwiseWeight("w", rowwise), forward: 1e-5 },
];

const all = [...formats.map((format) => ({ ...format, rows, columns })), ...odd];

describe.each(all)("$format weights", ({ dense, build, forward, rows, columns }) => {
  test("multiply, and pass gradients on, like the matrix they stand for", async () => {
    const program = await g.compile(
      ({ x, w, dy }) => {
        const run = (y: g.Tensor) => ({ y, dx: g.vjp([y], [dy], [x])[0]! });
        return { low: run(g.linearLowBit(x, build())), dense: run(g.linear(x, w)) };
      },
      {
        inputs: {
          x: { dtype: "float32", shape: ["B", "T", columns] },
          w: { dtype: "float32", shape: [rows, columns] },
          dy: { dtype: "float32", shape: ["B", "T", rows] },
        },
      },
    );
    const { low, dense: exact } = await program({
      x: g.value(random(6 * columns), [2, 3, columns]),
      w: g.value(dense, [rows, columns]),
      dy: g.value(random(6 * rows), [2, 3, rows]),
    });
    await program.close();
    expect(low.y.dims).toEqual(exact.y.dims);
    const worst = (a: g.Value, b: g.Value) => {
      const [x, y] = [g.numbers(a), g.numbers(b)];
      return Math.max(...x.map((value, i) => Math.abs(value - y[i]!))) / Math.max(...y.map(Math.abs));
    };
    expect(worst(low.y, exact.y)).toBeLessThan(forward);
    expect(worst(low.dx, exact.dx)).toBeLessThan(1e-5);
  });
});

test("the groups of a matrix keep their largest entry exactly", () => {
  const restored = g.dequantizeGroups(grouped);
  for (let group = 0; group < weight.length; group += 32) {
    const [before, after] = [weight, restored].map((w) => w.subarray(group, group + 32));
    const largest = before!.reduce((at, x, i) => (Math.abs(x) > Math.abs(before![at]!) ? i : at), 0);
    expect(after![largest]).toBeCloseTo(before![largest]!, 7);
  }
});

test("x of another width is refused with both shapes", () => {
  const x = g.input({ name: "x", dtype: "float32", shape: ["n", 7] });
  expect(() => g.linearLowBit(x, g.fourBitWeight("w", nf4))).toThrow(
    "linearLowBit: got x [n, 7] with a matrix [48, 96]; expected x [..., 96].",
  );
});
