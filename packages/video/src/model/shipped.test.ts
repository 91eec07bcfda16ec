import { expect, test } from "vitest";
import { motionOf } from "../judge/motion.ts";
import { openGenerator } from "./generator.ts";
import { findVideoModel, shippedModels } from "./shipped.ts";

test("the model that comes with Loam moves things the way that it is told, the same way each time", async () => {
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
