import { join } from "node:path";
import { expect, test } from "vitest";
import { goldenFolder } from "../../test/golden.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { forecastMemory, requireMemory } from "./memory-forecast.ts";

const model = (await openModel(join(goldenFolder("models"), "qwen2"))) as DecoderModel;

test("the forecast counts weights, copies and the cache of one text", () => {
  const { weightBytes, copyBytes, cacheBytes, totalBytes } = forecastMemory(model, { tokens: 100 });
  const sizes = Object.values(model.architecture.parameters(model.config)).map((shape) =>
    shape.reduce((a, b) => a * b, 4),
  );
  expect(weightBytes).toBe(sizes.reduce((a, b) => a + b));
  expect(copyBytes).toBe(0);
  expect(cacheBytes).toBe(2 * 4 * model.config.layers * model.config.keyValueHeads * model.config.headDim * 100);
  expect(totalBytes).toBe(weightBytes + cacheBytes);
  expect(forecastMemory(model, { weights: "packed" }).copyBytes).toBeGreaterThan(0.9 * weightBytes);
});

test("too little memory is told before anything starts, with the numbers", () => {
  const forecast = { weightBytes: 2e9, copyBytes: 0, cacheBytes: 1e8, totalBytes: 2.1e9 };
  expect(() => requireMemory(forecast, "big", 1e9)).toThrow(
    "memory: big needs about 2.1 GB (weights 2.0 GB, copies 0.0 GB, keys and values 0.1 GB), but 1.0 GB are free.",
  );
  requireMemory(forecast, "big", 3e9);
});
