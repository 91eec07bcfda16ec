import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { afterAll, describe, expect, test } from "vitest";
import { type Adapter, readAdapter, writeAdapter } from "../files/adapter-files.ts";
import type { TensorValue } from "../layers/method.ts";
import { type LoraConfig, rankOf, scalingOf } from "../methods/lora/config.ts";
import { combineTensors } from "../methods/lora/task-arithmetic.ts";
import { adapterMethod } from "../methods/registry.ts";
import { product } from "../numbers/matrix.ts";
import { combineAdapters } from "./combine-adapters.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-combine-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [q, v] = ["model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.v_proj"];
const sizes: Record<string, [O: number, I: number]> = { [q]: [6, 5], [v]: [4, 5] };

const lora = adapterMethod("LORA");

function adapterOf(seed: number, options: Record<string, unknown>, paths: readonly string[] = [q, v]): Adapter {
  const config = lora.readConfig({ target_modules: ["q_proj", "v_proj"], ...options });
  const rng = new Rng(seed);
  const random = (shape: readonly number[]): TensorValue => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
  });
  const tensors: Record<string, TensorValue> = {};
  for (const path of paths) {
    const [O, I] = sizes[path]!;
    const r = rankOf(config, path);
    tensors[`base_model.model.${path}.lora_A.weight`] = random([r, I]);
    tensors[`base_model.model.${path}.lora_B.weight`] = random([O, r]);
  }
  return { method: lora, config, tensors };
}

/** s·BA of one layer, zero where the adapter leaves it alone. */
function deltaOf({ config, tensors }: Adapter, path: string): Float64Array {
  const [A, B] = ["A", "B"].map((part) => tensors[`base_model.model.${path}.lora_${part}.weight`]);
  if (!A || !B) return new Float64Array(sizes[path]![0] * sizes[path]![1]);
  const s = scalingOf(config as LoraConfig, path);
  const matrix = ({ shape, data }: TensorValue) => ({ rows: shape[0]!, columns: shape[1]!, values: data });
  return product(matrix(B), matrix(A)).values.map((x) => x * s);
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-5): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(got[i]! - expected[i]!), `entry ${i}`).toBeLessThan(tolerance);
}

const weighted = (adapters: readonly Adapter[], weights: readonly number[]) =>
  adapters.map((adapter, i) => ({ adapter, weight: weights[i]! }));
const sumOf = (adapters: readonly Adapter[], weights: readonly number[], path: string) =>
  deltaOf(adapters[0]!, path).map((_, i) =>
    adapters.reduce((sum, a, k) => sum + weights[k]! * deltaOf(a, path)[i]!, 0),
  );

const mixed = [
  adapterOf(1, { r: 2, lora_alpha: 3 }),
  adapterOf(2, { r: 3, lora_alpha: 6, use_rslora: true }),
  adapterOf(3, { r: 2, rank_pattern: { v_proj: 1 }, alpha_pattern: { v_proj: 5 } }),
  adapterOf(4, { r: 1, target_modules: ["q_proj"] }, [q]),
];
const weights = [0.7, -1.3, 2, 0.5];

test.each([q, v])(
  "cat is exactly the weighted sum of the updates, whatever ranks, alphas and signs: %s",
  async (path) => {
    const combined = await combineAdapters(weighted(mixed, weights), { type: "cat" });
    expect(combined.config).toMatchObject({
      r: 8,
      lora_alpha: 8,
      use_rslora: false,
      rank_pattern: {},
      alpha_pattern: {},
    });
    expectClose(deltaOf(combined, path), sumOf(mixed, weights, path));
  },
);

test.each([q, v])("svd of a rank that holds everything is the same sum: %s", async (path) => {
  const combined = await combineAdapters(weighted(mixed, weights), { type: "svd", svdRank: 5 });
  expectClose(deltaOf(combined, path), sumOf(mixed, weights, path));
});

test("svd of a lower rank is the best approximation: its error is the first value left out", async () => {
  const { truncatedSvd } = await import("../numbers/svd.ts");
  const exact = sumOf(mixed, weights, q);
  const all = truncatedSvd({ rows: 6, columns: 5, values: exact }, 5).singularValues;
  const combined = await combineAdapters(weighted(mixed, weights), { svdRank: 2 });
  const error = exact.map((x, i) => x - deltaOf(combined, q)[i]!);
  expect(truncatedSvd({ rows: 6, columns: 5, values: error }, 1).singularValues[0]).toBeCloseTo(all[2]!, 4);
});

test("linear sums A and B under the roots of weight times scale; a negative weight turns A only", async () => {
  const pair = [adapterOf(1, { r: 2, lora_alpha: 4 }), adapterOf(2, { r: 2, lora_alpha: 1 })];
  const { tensors, config } = await combineAdapters(weighted(pair, [0.5, -3]), { type: "linear" });
  expect(config).toMatchObject({ r: 2, lora_alpha: 2 });
  const [a, b] = pair.map(
    (adapter) => (part: string) => adapter.tensors[`base_model.model.${q}.lora_${part}.weight`]!.data,
  );
  const [first, second] = [Math.sqrt(0.5 * 2), Math.sqrt(3 * 0.5)];
  const got = (part: string) => tensors[`base_model.model.${q}.lora_${part}.weight`]!.data;
  expectClose(
    got("A"),
    a!("A").map((x, i) => first * x - second * b!("A")[i]!),
    1e-6,
  );
  expectClose(
    got("B"),
    a!("B").map((x, i) => first * x + second * b!("B")[i]!),
    1e-6,
  );
});

test.each(["linear", "cat", "ties"] as const)("one adapter alone under %s is itself times its weight", async (type) => {
  const [adapter] = mixed;
  const combined = await combineAdapters([{ adapter: adapter!, weight: -2 }], { type, density: 0.5 });
  expectClose(
    deltaOf(combined, q),
    deltaOf(adapter!, q).map((x) => -2 * x),
  );
});

describe("arithmetic on single tensors, by hand", () => {
  const rng = () => new Rng(1);
  const t = [Float32Array.of(4, -3, 1, 0.5), Float32Array.of(-1, -2, 5, 6)];

  test("magnitude_prune keeps the largest half of each", () => {
    expect([...combineTensors("magnitude_prune", t, [1, 2], { density: 0.5, rng: rng() })]).toEqual([4, -3, 10, 12]);
  });

  test("ties averages what has the elected sign over its number", () => {
    // Pruned: [4, −3, 0, 0] and [0, 0, 5, 6] at one half; whole: signs +, −, +, + elected by the sums 3, −5, 6, 6.5.
    expect([...combineTensors("ties", t, [1, 2], { density: 0.5, rng: rng() })]).toEqual([4, -3, 10, 12]);
    expect([...combineTensors("ties", t, [1, 2], { density: 1, rng: rng() })]).toEqual([4, -3.5, 5.5, 6.25]);
  });

  test("the number of signs may elect another than their sum; a draw elects plus", () => {
    const three = [Float32Array.of(10, -1), Float32Array.of(-1, 1), Float32Array.of(-1, 0)];
    expect([...combineTensors("ties", three, [1, 1, 1], { density: 1, rng: rng() })]).toEqual([10, 1]);
    expect([
      ...combineTensors("ties", three, [1, 1, 1], { density: 1, majoritySign: "frequency", rng: rng() }),
    ]).toEqual([-1, 1]);
  });

  test("dare keeps entries at random, scaled up; the seed decides which", () => {
    const ones = [new Float32Array(4000).fill(1)];
    const kept = combineTensors("dare_linear", ones, [1], { density: 0.25, rng: rng() });
    expect(new Set(kept)).toEqual(new Set([0, 4]));
    expect(kept.reduce((a, b) => a + b) / 4000).toBeCloseTo(1, 1);
    expect(combineTensors("dare_linear", ones, [1], { density: 0.25, rng: rng() })).toEqual(kept);
    expect(combineTensors("dare_ties", ones, [1], { density: 0.25, rng: new Rng(2) })).not.toEqual(kept);
  });

  test("what prunes needs a density", () => {
    expect(() => combineTensors("ties", t, [1, 1], { rng: rng() })).toThrow("a number from 0 to 1");
  });
});

test.each(["ties_svd", "dare_linear_svd", "dare_ties_svd", "magnitude_prune_svd"] as const)(
  "%s with everything kept is the arithmetic on whole updates",
  async (type) => {
    const pair = mixed.slice(0, 2);
    const combined = await combineAdapters(weighted(pair, [1, 0.5]), { type, density: 1, svdRank: 5 });
    const updates = pair.map((adapter) => Float32Array.from(deltaOf(adapter, q)));
    const how = type.includes("ties") ? "ties" : "linear";
    expectClose(deltaOf(combined, q), combineTensors(how, updates, [1, 0.5], { density: 1, rng: new Rng(0) }));
  },
);

test("the result is written as a PEFT folder and read again, and svd_clamp clips both factors", async () => {
  const combined = await combineAdapters(weighted(mixed, weights), { type: "cat" });
  const path = join(folder, "cat");
  await writeAdapter(path, combined.method, combined);
  expect(JSON.parse(readFileSync(join(path, "adapter_config.json"), "utf8"))).toMatchObject({
    peft_type: "LORA",
    r: 8,
    target_modules: ["q_proj", "v_proj"],
  });
  expect((await readAdapter(path)).tensors).toEqual(combined.tensors);
  const again = await combineAdapters([{ adapter: path, weight: 1 }], { type: "cat" });
  expectClose(deltaOf(again, q), deltaOf(combined, q));
  const clamped = await combineAdapters(weighted(mixed, weights), { svdRank: 2, svdClamp: 0.9 });
  const entries = [q].flatMap((at) =>
    ["A", "B"].flatMap((part) => [...clamped.tensors[`base_model.model.${at}.lora_${part}.weight`]!.data]),
  );
  const largest = Math.max(...entries.map(Math.abs));
  expect(entries.filter((x) => Math.abs(x) === largest).length).toBeGreaterThan(1);
});

test("what cannot be added up is refused by name", async () => {
  const refused = (...args: Parameters<typeof combineAdapters>) => expect(combineAdapters(...args)).rejects;
  await refused(weighted(mixed, weights), { type: "linear" }).toThrow(
    "needs adapters of one rank, but these have 2, 3, 2, 1",
  );
  await refused([{ adapter: adapterOf(1, { use_dora: true }), weight: 1 }]).toThrow("use_dora");
  await refused([{ adapter: adapterOf(1, { bias: "lora_only" }), weight: 1 }]).toThrow("trains biases");
  await refused(weighted([adapterOf(1, { target_modules: ".*q_proj" }), mixed[0]!], [1, 1])).toThrow(
    "cannot be joined",
  );
  const whole = {
    ...mixed[0]!,
    tensors: { ...mixed[0]!.tensors, "base_model.model.lm_head.weight": { shape: [1], data: new Float32Array(1) } },
  };
  await refused(weighted([whole, whole], [1, 1])).toThrow('Two adapters replace "base_model.model.lm_head.weight"');
  await refused([{ adapter: mixed[0]!, weight: Number.NaN }]).toThrow("a finite number");
});
