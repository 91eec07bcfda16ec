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

test("a model that is not there names those that are", async () => {
  await expect(findVideoModel("moving-digit")).rejects.toThrow("moving-digits");
});
