import { expect, test } from "vitest";
import { drawProjections } from "./projections.ts";

test("the matrices are those that PyTorch draws for PEFT", () => {
  const { A, B } = drawProjections({ r: 3, I: 5, O: 4, key: 7 });
  expect([...A.data.subarray(0, 3)]).toEqual([0.0765114575624466, -0.6598891615867615, 0.34881535172462463]);
  expect([...B.data.subarray(0, 3)]).toEqual([-0.39799943566322327, 0.6233299374580383, -1.2075915336608887]);
  expect(A.data.at(-1)).toBe(-0.12030140310525894);
  expect(B.data.at(-1)).toBe(1.0739655494689941);
});
