import { expect, test } from "vitest";
import { motionOf } from "../judge/motion.ts";
import { openGenerator } from "./generator.ts";
import { findVideoModel, shippedModels } from "./shipped.ts";

test("the model that is taken first moves things the way that it is told, the same way each time", async () => {
  expect(shippedModels()).toContain("moving-digits");
  const generator = openGenerator(await findVideoModel());
  const [left, up] = await generator.generate([
    { prompt: "a 3 moving left", seed: 1 },
    { prompt: "a 7 moving up", seed: 2 },
  ]);
  expect([motionOf(left!).direction, motionOf(up!).direction]).toEqual(["left", "up"]);
  const again = await generator.generate([
    { prompt: "a 3 moving left", seed: 1 },
    { prompt: "a 7 moving up", seed: 2 },
  ]);
  expect(again[0]!.data).toEqual(left!.data);
  await generator.close();
});

test("the caption world's model paints what it is told in the colour that it is told, in English and Chinese, at each aspect", async () => {
  const prompts = ["a red square moving left at night", "在夜里绿色的7向右移动"];
  const model = await findVideoModel(undefined, { prompts });
  expect(model.name).toBe("caption-world");
  const generator = openGenerator(model);
  const asked = [
    { prompt: prompts[0]!, direction: "left", colour: 0, size: { frames: 15, height: 32, width: 56 } },
    { prompt: prompts[1]!, direction: "right", colour: 1, size: { frames: 15, height: 32, width: 32 } },
  ];
  for (const { prompt, direction, colour, size } of asked) {
    const [clip] = await generator.generate([{ prompt, seed: 3 }], { size });
    expect(clip).toMatchObject({ ...size, channels: 3 });
    expect(motionOf(clip!).direction).toBe(direction);
    const plane = size.height * size.width;
    const bright = [0, 1, 2].map(
      (channel) => clip!.data.filter((x, i) => Math.floor(i / plane) % 3 === channel && x > 0.2).length,
    );
    expect(bright.indexOf(Math.max(...bright))).toBe(colour);
  }
  await generator.close();
});

test("a loop has a smaller jump from its last frame to its first", async () => {
  const generator = openGenerator(await findVideoModel());
  const requests = [
    { prompt: "a 3 moving left", seed: 0 },
    { prompt: "a 7 moving up", seed: 1 },
  ];
  const jumps = async (loop: boolean) =>
    (await generator.generate(requests, { loop, steps: 8 })).map(({ frames, data }) => {
      const each = data.length / frames;
      const first = data.subarray(0, each);
      return data.subarray((frames - 1) * each).reduce((sum, x, i) => sum + Math.abs(x - first[i]!), 0) / each;
    });
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  expect(sum(await jumps(true))).toBeLessThan(0.8 * sum(await jumps(false)));
  const begin = new Float32Array(32 * 32);
  await expect(generator.generate([{ ...requests[0]!, begin }], { loop: true })).rejects.toThrow(
    "a loop begins nowhere",
  );
  await generator.close();
});

test("a clip that is stopped ends at once, and closing frees what it took", async () => {
  const generator = openGenerator(await findVideoModel());
  const stop = new AbortController();
  const steps: number[] = [];
  const making = generator.generate([{ prompt: "a 3 moving left", seed: 0 }], {
    ...{ steps: 1000, signal: stop.signal },
    onStep: ({ step }) => {
      steps.push(step);
      if (step === 2) stop.abort();
    },
  });
  await expect(making).rejects.toMatchObject({ code: "cancelled" });
  expect(steps).toEqual([1, 2]);
  await generator.close();
});

test("a model that is not there names those that are", async () => {
  await expect(findVideoModel("moving-digit")).rejects.toThrow("moving-digits");
});
