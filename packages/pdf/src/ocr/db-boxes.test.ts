import { expect, test } from "vitest";
import { dbBoxes } from "./db-boxes.ts";
import { quadHeight, quadWidth } from "./quad.ts";

/** A map that is `probability` inside a bar of the given length, thickness and angle, and 0 elsewhere. */
function bar(size: number, length: number, thickness: number, degrees: number, probability = 0.9): Float32Array {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [x, y] = [(at % size) - size / 2, Math.floor(at / size) - size / 2];
    const inside = Math.abs(x * cos + y * sin) <= length / 2 && Math.abs(y * cos - x * sin) <= thickness / 2;
    return inside ? probability : 0;
  });
}

for (const degrees of [0, 7, -20, 40]) {
  test(`a bar at ${degrees}° gives one box at that angle, grown by area · ratio / perimeter`, () => {
    const [quad, ...others] = dbBoxes(bar(200, 120, 12, degrees), 200, 200);
    expect(others).toEqual([]);
    const [tl, tr] = quad!;
    expect((Math.atan2(tr[1] - tl[1], tr[0] - tl[0]) * 180) / Math.PI).toBeCloseTo(degrees, -0.5);
    const offset = (121 * 13 * 1.6) / (2 * (121 + 13));
    expect(Math.abs(quadWidth(quad!) - (121 + 2 * offset))).toBeLessThan(3);
    expect(Math.abs(quadHeight(quad!) - (13 + 2 * offset))).toBeLessThan(3);
  });
}

test("faint regions and specks are dropped", () => {
  expect(dbBoxes(bar(100, 60, 10, 0, 0.4), 100, 100)).toEqual([]);
  expect(dbBoxes(bar(100, 1, 1, 0), 100, 100)).toEqual([]);
  expect(dbBoxes(new Float32Array(100), 10, 10)).toEqual([]);
});
