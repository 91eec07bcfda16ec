import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, toFloat32 } from "@loam/formats";
import { compile, floats, type Tensor, value } from "@loam/graph";
import { compileForward, type DecoderModel, openModel } from "@loam/models";
import { describe, expect, test } from "vitest";
import { baseOf, goldenPath } from "../test/golden.ts";
import { readAdapter } from "./files/adapter-files.ts";
import { baseModelOf } from "./layers/base-model.ts";
import { certain } from "./layers/method.ts";
import { overlay } from "./layers/overlay.ts";
import { frozen, toValue } from "./numbers/tensor-value.ts";
import { adaptedForward } from "./running/adapted-forward.ts";

/** Largest difference over the largest expected magnitude, as the recorded sets state their own agreement. */
const tolerance = 1e-4;

const peft = goldenPath("peft")!;
const cases = readdirSync(peft).filter((name) => existsSync(join(peft, name, "adapter/adapter_config.json")));

async function readTensors(path: string) {
  const { tensors } = await readSafetensors(path);
  return new Map([...tensors].map(([key, { dtype, shape, data }]) => [key, { shape, data: toFloat32(dtype, data) }]));
}

const golden = (name: string) =>
  JSON.parse(readFileSync(join(peft, name, "golden.json"), "utf8")) as { base_model: string };
const openBase = (name: string) => openModel(baseOf(peft, golden(name).base_model));
const decoders: string[] = [];
const encoders: string[] = [];
for (const name of cases) {
  const { kind } = await openBase(name);
  (kind === "decoder" ? decoders : encoders).push(name);
}

function expectClose(got: Float32Array, expected: Float32Array, rows: readonly boolean[], label: string): void {
  const width = expected.length / rows.length;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!rows[Math.floor(i / width)]) continue;
    largest = Math.max(largest, Math.abs(expected[i]!));
    difference = Math.max(difference, Math.abs(got[i]! - expected[i]!));
  }
  expect(difference / largest, label).toBeLessThan(tolerance);
}

describe.each(decoders)("%s", (name) => {
  test("an adapter saved by the reference gives the reference's logits, padded right and left", async () => {
    const model = (await openBase(name)) as DecoderModel;
    const base = baseModelOf(model);
    const { method, config, tensors } = await readAdapter(join(peft, name, "adapter"));
    const inputs = await readTensors(join(peft, "inputs.safetensors"));
    const outputs = await readTensors(join(peft, name, "outputs.safetensors"));
    const shape = ["batch", "sequence"];
    const program = await compile(
      ({
        ids,
        mask,
        positions,
        adapter,
      }: {
        ids: Tensor;
        mask: Tensor;
        positions: Tensor;
        adapter: Record<string, Tensor>;
      }) => {
        const attachment = method.attach(base, config, adapter, certain);
        const { hidden, logits } = adaptedForward(model, attachment, { ids, positions, mask });
        return { logits: logits(hidden) };
      },
      {
        inputs: {
          ids: { dtype: "int64", shape },
          mask: { dtype: "bool", shape },
          positions: { dtype: "int64", shape },
          adapter: Object.fromEntries(
            Object.entries(tensors).map(([key, { shape }]) => [key, { dtype: "float32" as const, shape }]),
          ),
        },
      },
    );
    const adapter = Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, toValue(tensor)]));
    for (const side of ["right", "left"].filter((side) => outputs.has(`${side}/logits`))) {
      const { shape, data: ids } = inputs.get(`${side}/input_ids`)!;
      const [B, T] = shape as [number, number];
      const mask = inputs.get(`${side}/attention_mask`)!.data;
      const { logits } = await program({
        ids: value(Array.from(ids), [B, T], "int64"),
        mask: value(Array.from(mask, Boolean), [B, T]),
        positions: value(
          Array.from({ length: B * T }, (_, i) => i % T),
          [B, T],
          "int64",
        ),
        adapter,
      });
      const expected = outputs.get(`${side}/logits`)!;
      const virtual = expected.shape[1]! - T;
      const rows = Array.from({ length: B * (virtual + T) }, (_, i) => {
        const t = i % (virtual + T);
        return t < virtual || mask[Math.floor(i / (virtual + T)) * T + t - virtual] === 1;
      });
      expectClose(floats(logits), expected.data, rows, side);
    }
    await program.close();
  });

  test("folded into the weights it gives the reference's merged logits and weights", async (context) => {
    const model = (await openBase(name)) as DecoderModel;
    const base = baseModelOf(model);
    const { method, config, tensors } = await readAdapter(join(peft, name, "adapter"));
    const outputs = await readTensors(join(peft, name, "outputs.safetensors"));
    if (!method.merge || !outputs.has("merged/right/logits")) return context.skip();
    const inputs = await readTensors(join(peft, "inputs.safetensors"));
    const [B, T] = inputs.get("right/input_ids")!.shape as [number, number];
    const program = await compile(
      ({
        ids,
        mask,
        positions,
        adapter,
      }: {
        ids: Tensor;
        mask: Tensor;
        positions: Tensor;
        adapter: Record<string, Tensor>;
      }) => {
        const merged = method.merge!(base, config, adapter);
        const { hidden, logits } = adaptedForward(
          model,
          { parameters: overlay(model.parameters, merged) },
          { ids, positions, mask },
        );
        return { logits: logits(hidden), merged };
      },
      {
        inputs: {
          ids: { dtype: "int64", shape: [B, T] },
          mask: { dtype: "bool", shape: [B, T] },
          positions: { dtype: "int64", shape: [B, T] },
          adapter: Object.fromEntries(
            Object.entries(tensors).map(([key, { shape }]) => [key, { dtype: "float32" as const, shape }]),
          ),
        },
      },
    );
    const mask = inputs.get("right/attention_mask")!.data;
    const { logits, merged } = await program({
      ids: value(Array.from(inputs.get("right/input_ids")!.data), [B, T], "int64"),
      mask: value(Array.from(mask, Boolean), [B, T]),
      positions: value(
        Array.from({ length: B * T }, (_, i) => i % T),
        [B, T],
        "int64",
      ),
      adapter: Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, toValue(tensor)])),
    });
    expectClose(floats(logits), outputs.get("merged/right/logits")!.data, Array.from(mask, Boolean), "merged logits");
    for (const [key, { data }] of outputs) {
      const weight = /^merged\/weights\/(.*)$/.exec(key)?.[1];
      if (weight) expectClose(floats(merged[weight]!), data, [true], weight);
    }
    await program.close();
  });
});

describe.each(encoders)("%s", (name) => {
  test("an adapter saved by the reference gives the reference's hidden states", async () => {
    const model = await openBase(name);
    const { method, config, tensors } = await readAdapter(join(peft, name, "adapter"));
    const inputs = await readTensors(join(peft, "inputs.safetensors"));
    const outputs = await readTensors(join(peft, name, "outputs.safetensors"));
    const program = await compileForward(model, method.attach(baseModelOf(model), config, frozen(tensors), certain));
    for (const side of ["right", "left"].filter((side) => inputs.has(`${side}/input_ids`))) {
      const { shape, data } = inputs.get(`${side}/input_ids`)!;
      const mask = inputs.get(`${side}/attention_mask`)!.data;
      const rows = (flat: Float32Array) =>
        Array.from({ length: shape[0]! }, (_, b) => Array.from(flat.subarray(b * shape[1]!, (b + 1) * shape[1]!)));
      const { hiddenStates } = await program.run({ inputIds: rows(data), attentionMask: rows(mask) });
      expectClose(
        floats(hiddenStates.at(-1)!),
        outputs.get(`${side}/last_hidden_state`)!.data,
        Array.from(mask, Boolean),
        side,
      );
    }
    await program.close();
  });
});
