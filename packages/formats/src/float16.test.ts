import { expect, test } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";

test("every half survives the way to float32 and back", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
    (h) => (h & 0x7c00) !== 0x7c00 || (h & 0x3ff) === 0,
  );
  expect(float32ToFloat16(float16ToFloat32(halves))).toEqual(halves);
});

test("rounding is half to even, past the largest half comes infinity", () => {
  const values = Float32Array.of(
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    65519.996,
    65520,
    2 ** -25,
    2 ** -24 * 1.5,
    Number.NaN,
  );
  expect([...float16ToFloat32(float32ToFloat16(values))]).toEqual([
    1,
    1 + 2 ** -9,
    65504,
    Number.POSITIVE_INFINITY,
    0,
    2 ** -23,
    Number.NaN,
  ]);
});

test("bfloat16 keeps the upper half, rounded to even", () => {
  const values = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, -2.5, Number.NaN, Number.NEGATIVE_INFINITY);
  expect([...bfloat16ToFloat32(float32ToBfloat16(values))]).toEqual([
    1,
    1 + 2 ** -6,
    -2.5,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ]);
});
