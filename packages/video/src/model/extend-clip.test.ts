import { expect, test } from "vitest";
import { extendClip } from "./extend-clip.ts";
import { openGenerator } from "./generator.ts";
import { randomVideoModel } from "./random-model.ts";

const model = randomVideoModel({ words: ["a", "red", "circle"] });
const size = model.sizes[0]!; // 8 frames, patches of 4
const frame = model.dit.channels * size.height * size.width;
const plain = { prompt: "a red", seed: 5 };

test("a clip goes on for as long as asked, with what there is kept as it is, the same each time", async () => {
  const generator = openGenerator(model);
  const [first] = await generator.generate([plain]);
  const heard: number[][] = [];
  const request = { ...plain, clip: first!.data, frames: 15 };
  const longer = await extendClip(generator, request, {
    steps: 3,
    onStep: ({ step, steps }) => void heard.push([step, steps]),
  });
  expect(longer.frames).toBe(15);
  expect(longer.data).toHaveLength(15 * frame);
  expect(longer.data.slice(0, 8 * frame)).toEqual(first!.data);
  // Legs of 8 frames share 4 with the one before: 8 → 12 → 16, cut to 15.
  expect(heard).toEqual([1, 2, 3, 4, 5, 6].map((step) => [step, 6]));
  expect((await extendClip(generator, request, { steps: 3 })).data).toEqual(longer.data);
  await expect(extendClip(generator, { ...request, frames: 8 })).rejects.toThrow(
    "`frames` is 8; expected a whole number above the 8",
  );
  await generator.close();
});

test("from one prompt to another: alone at the ends, together in the middle", async () => {
  const generator = openGenerator(model);
  const made = async (share?: number, prompt = "a red") =>
    (
      await generator.generate([
        { ...plain, prompt, ...(share !== undefined && { blend: { prompt: "a circle", share } }) },
      ])
    )[0]!.data;
  const near = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
  const [one, other] = [await made(), await made(undefined, "a circle")];
  expect(near(await made(0), one)).toBeLessThan(1e-5);
  expect(near(await made(1), other)).toBeLessThan(1e-4);
  const middle = await made(0.5);
  expect(near(middle, one)).toBeGreaterThan(1e-3);
  expect(near(middle, other)).toBeGreaterThan(1e-3);
  const clip = await extendClip(generator, { ...plain, frames: 12, to: "a circle" });
  expect(clip.frames).toBe(12);
  expect(near(clip.data.slice(0, 8 * frame), one)).toBeLessThan(1e-5);
  await expect(made(2)).rejects.toThrow("`blend.share` is 2; expected a number from 0 to 1");
  await generator.close();
});
