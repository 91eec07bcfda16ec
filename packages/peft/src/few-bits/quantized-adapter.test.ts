import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { compile, floats, randomUniform, type Tensor, type Value, value } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { tuneFolder } from "../../test/tune-folder.ts";
import { readAdapter } from "../files/adapter-files.ts";
import { forecast } from "../trainer/forecast/forecast.ts";
import { latestCheckpoint } from "../trainer/saving/checkpoints.ts";
import { tune } from "../trainer/tune.ts";
import { type AdapterPrecision, quantizedAdapter } from "./quantized-adapter.ts";

const shapes = { a: { shape: [16, 33] }, b: { shape: [1000] }, tiny: { shape: [5] } };
const random = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + i * i) / 3);
const tensors: Record<string, Value> = {
  a: value(random(528), [16, 33]),
  b: value(random(1000), [1000]),
  tiny: value(random(5), [5]),
};
const bytesOf = (values: Readonly<Record<string, Value>>) =>
  Object.values(values).reduce((sum, { data }) => sum + (data as Float32Array).byteLength, 0);

describe.each([
  { precision: "int8", limit: 127 },
  { precision: "int4", limit: 7 },
] as const)("$precision", ({ precision, limit }) => {
  const kept = quantizedAdapter(precision, shapes);

  test("every number is off by at most half the distance of two codes, and small tensors by nothing", () => {
    const restored = kept.dequantize(kept.quantize(tensors));
    for (const key of ["a", "b"]) {
      const [before, after] = [floats(tensors[key]!), floats(restored[key]!)];
      for (let block = 0; block < before.length; block += 256) {
        const largest = Math.max(...before.subarray(block, block + 256).map(Math.abs));
        for (let i = block; i < Math.min(before.length, block + 256); i++)
          expect(Math.abs(before[i]! - after[i]!)).toBeLessThanOrEqual((largest / limit / 2) * 1.0001);
      }
    }
    expect(restored.tiny).toBe(tensors.tiny);
  });

  test("inside a graph the codes mean the same, and chance rounds without a bias", async () => {
    const program = await compile(
      (x: { stored: Record<string, Tensor>; key: Tensor }) => {
        const floats = kept.read(x.stored);
        const uniform = (shape: readonly (number | string)[], stream: number) =>
          randomUniform({ shape, seed: x.key, stream });
        return {
          floats,
          again: kept.write(floats, uniform),
          moved: kept.write({ ...floats, b: x.stored.target! }, uniform),
        };
      },
      {
        inputs: {
          stored: { ...kept.spec, target: { dtype: "float32", shape: [1000] } },
          key: { dtype: "int64", shape: [] },
        },
      },
    );
    const stored = kept.quantize(tensors);
    const sum = new Float64Array(1000);
    for (let key = 0; key < 200; key++) {
      const result = await program({
        stored: { ...stored, target: tensors.b! },
        key: value([key], [], "int64"),
      } as never);
      const outside = kept.dequantize(stored);
      for (const name of ["a", "b"]) expect(result.floats[name]!.data).toEqual(outside[name]!.data);
      for (const [i, x] of floats(kept.dequantize(result.moved).b!).entries()) sum[i]! += x / 200;
    }
    await program.close();
    const mean = (xs: Iterable<number>) => [...xs].reduce((a, b) => a + b, 0) / 1000;
    expect(Math.abs(mean(sum) - mean(floats(tensors.b!)))).toBeLessThan(1e-3);
    expect(Math.max(...sum.map((x, i) => Math.abs(x - floats(tensors.b!)[i]!)))).toBeLessThan(0.2 / limit);
  });
});

const { folder, recipe, lossesIn } = tuneFolder();
const quantized = (output: string, precision: AdapterPrecision, more = {}) =>
  recipe(output, { quantize_adapter: precision, ...more });

test.each([
  { precision: "int8", share: 1 / 4 + 1 / 256 },
  { precision: "int4", share: 1 / 8 + 1 / 256 },
] as const)("an adapter in $precision takes $share of its float32 memory", ({ precision, share }) => {
  const shapes = { A: { shape: [16, 576] }, B: { shape: [1536, 16] } };
  const whole = { A: value(random(9216), [16, 576]), B: value(random(24576), [1536, 16]) };
  expect(bytesOf(quantizedAdapter(precision, shapes).quantize(whole))).toBe(share * bytesOf(whole));
});

test.each(["int8", "int4"] as const)("an adapter kept in %s learns and is read by others", async (precision) => {
  const output = join(folder, precision);
  const { losses } = await tune(quantized(precision, precision, { max_steps: 40, batch_size: 8 }));
  expect(losses.last).toBeLessThan(0.7 * losses.first);
  const { params } = (await latestCheckpoint(join(output, "checkpoints")))!;
  expect(new Set(Object.values(params).map(({ type }) => type))).toContain(precision === "int4" ? "uint8" : "int8");
  const whole = await readAdapter(output);
  expect(statSync(join(output, "quantized_adapter.safetensors")).size).toBeLessThan(
    0.6 * statSync(join(output, "adapter_model.safetensors")).size,
  );
  rmSync(join(output, "adapter_model.safetensors"));
  expect((await readAdapter(output)).tensors).toEqual(whole.tensors);
});

test.each([1, 2])("resuming an int4 run is exact (%i micro-batches)", async (gradient_accumulation) => {
  const name = `int4-${gradient_accumulation}`;
  await tune(quantized(`${name}-whole`, "int4", { gradient_accumulation }));
  await tune(quantized(`${name}-parts`, "int4", { gradient_accumulation }));
  // Back to the checkpoint before the last, as after a kill.
  rmSync(join(folder, `${name}-parts/checkpoints/step-12`), { recursive: true });
  const { resumedFrom } = await tune(quantized(`${name}-parts`, "int4", { gradient_accumulation }));
  expect(resumedFrom).toBe(9);
  expect(lossesIn(`${name}-parts`)).toEqual(lossesIn(`${name}-whole`));
  const weights = (of: string) => readFileSync(join(folder, of, "adapter_model.safetensors"));
  expect(weights(`${name}-parts`).equals(weights(`${name}-whole`))).toBe(true);
});

test("the forecast counts a quantised adapter smaller, and a method that moves its ranks is refused", async () => {
  const [plain, four] = await Promise.all([
    forecast(recipe("f", { quantize: "nf4" }), { time: "none" }),
    forecast(quantized("f", "int4", { quantize: "int8" }), { time: "none" }),
  ]);
  expect(four.memory.adapter).toBeLessThan(plain.memory.adapter);
  expect(four.memory.base).toBeGreaterThan(plain.memory.base);
  await expect(
    tune(quantized("ada", "int4", { method: { peft_type: "ADALORA", target_modules: ["q_proj"] } })),
  ).rejects.toThrow(/`quantize_adapter` is "int4": ADALORA changes its tensors between updates/);
});
