import { Rng } from "@loam/core";
import { expect, test } from "vitest";
import { patchLatents } from "./patch-latents.ts";
import { findVideoModel } from "./shipped.ts";

const noise = (length: number) => {
  const rng = new Rng(7);
  return Float32Array.from({ length }, () => rng.normal());
};
const length = ({ frames, height, width }: { frames: number; height: number; width: number }, channels: number) =>
  frames * height * width * channels;
const distance = (a: Float32Array, b: Float32Array) => Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0));

test("a clip that is taken in and given back looks the same to the model, and nothing is added to it", async () => {
  const model = await findVideoModel("moving-digits");
  const size = model.sizes[0]!;
  const clip = noise(length(size, 1));
  const first = await patchLatents(model, size, clip);
  expect(first).toMatchObject({ valuesPerPatch: 512, latentsPerPatch: 192, patches: 32 });
  // 192 of 512 directions are kept, and a second time through loses nothing more.
  const kept =
    (distance(first.restored, new Float32Array(clip.length)) / distance(clip, new Float32Array(clip.length))) ** 2;
  expect(kept).toBeCloseTo(192 / 512, 1);
  const again = await patchLatents(model, size, first.restored);
  expect(distance(again.restored, first.restored)).toBeLessThan(
    0.01 * distance(first.restored, new Float32Array(clip.length)),
  );
});
