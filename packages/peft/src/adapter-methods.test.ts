import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { readSafetensors } from "@loam/formats";
import { compile, floats, type Tensor, value } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { afterAll, describe, expect, test } from "vitest";
import { goldenPath } from "../test/golden.ts";
import { methodOptions as options } from "../test/method-options.ts";
import { largestDifference, moved } from "../test/tensors.ts";
import { readAdapter, writeAdapter } from "./files/adapter-files.ts";
import { baseModelOf } from "./layers/base-model.ts";
import { type Attachment, certain } from "./layers/method.ts";
import { overlay } from "./layers/overlay.ts";
import { adapterMethods } from "./methods/registry.ts";
import { frozen } from "./numbers/tensor-value.ts";
import { adaptedForward } from "./running/adapted-forward.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-adapters-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = (await openModel(goldenPath("models/qwen2")!)) as DecoderModel;
const base = baseModelOf(model);

/** Logits of one text of ten tokens; of the text only, where there are virtual tokens. */
async function logitsWith(attachment: Attachment): Promise<Float32Array> {
  const shape = [1, 10];
  const program = await compile(
    (x: { ids: Tensor; mask: Tensor; positions: Tensor }) => {
      const { hidden, logits } = adaptedForward(model, attachment, x);
      return { logits: logits(hidden) };
    },
    {
      inputs: { ids: { dtype: "int64", shape }, mask: { dtype: "bool", shape }, positions: { dtype: "int64", shape } },
    },
  );
  const { logits } = await program({
    ids: value([5, 9, 33, 70, 8, 120, 4, 77, 200, 11], shape, "int64"),
    mask: value(Array<boolean>(10).fill(true), shape),
    positions: value([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], shape, "int64"),
  });
  await program.close();
  return floats(logits).slice(-10 * model.config.vocabSize);
}

const untouched = await logitsWith({});

describe.each(adapterMethods.map((method) => [method.type, method] as const))("%s", (type, method) => {
  const config = method.readConfig({ ...options[type] });
  const fresh = method.init(base, config, new Rng(1));

  test("has options in the suite", () => expect(Object.keys(options)).toContain(type));

  test("a fresh adapter leaves the model as it was where the method promises so, and elsewhere runs", async () => {
    const logits = await logitsWith(method.attach(base, config, frozen(await fresh), certain));
    expect(logits.every(Number.isFinite)).toBe(true);
    // DoRA divides each row by its norm and multiplies it again.
    if (method.identityAtInit) expect(largestDifference(logits, untouched)).toBeLessThan(1e-4);
  });

  test("a moved adapter changes the model", async () => {
    const logits = await logitsWith(method.attach(base, config, frozen(moved(await fresh)), certain));
    expect(largestDifference(logits, untouched)).toBeGreaterThan(1e-3);
  });

  test("what is written is read again, and its logits are those of the trained tensors", async () => {
    const trained = moved(await fresh);
    const file = (await method.toFile?.(base, config, trained)) ?? { config, tensors: trained };
    const path = join(folder, type);
    await writeAdapter(path, method, file);
    const again = await readAdapter(path);
    expect(again.method.type).toBe(type);
    expect(again.tensors).toEqual(file.tensors);
    expect(again.trained).toEqual(file.trained);
    expect(method.readConfig(file.config)).toEqual({
      ...again.config,
      inference_mode: method.readConfig(file.config).inference_mode,
    });
    const restored = await logitsWith(method.attach(base, again.config, frozen(again.tensors), certain));
    const live = await logitsWith(
      method.attach(base, config, frozen(file.trained && type === "DIFF_PRUNING" ? file.tensors : trained), certain),
    );
    expect(largestDifference(restored, live)).toBeLessThan(1e-5);
  });

  test.skipIf(!method.merge)("folded into the weights it gives the live logits", async () => {
    const tensors = frozen(moved(await fresh));
    const merged = overlay(model.parameters, method.merge!(base, config, tensors));
    const live = await logitsWith(method.attach(base, config, tensors, certain));
    expect(largestDifference(await logitsWith({ parameters: merged }), live)).toBeLessThan(2e-4);
  });
});

test("unknown fields of a newer config are kept", async () => {
  const [lora] = adapterMethods;
  const config = lora!.readConfig({ target_modules: ["q_proj"], field_of_tomorrow: { a: 1 } });
  await writeAdapter(join(folder, "newer"), lora!, { config, tensors: {} });
  const json = JSON.parse(readFileSync(join(folder, "newer/adapter_config.json"), "utf8"));
  expect(json).toMatchObject({ peft_type: "LORA", field_of_tomorrow: { a: 1 }, inference_mode: true });
});

test("a sparse file holds int32 places and float32 values", async () => {
  const { tensors } = await readSafetensors(join(folder, "DIFF_PRUNING/adapter_model.safetensors"));
  expect(tensors.get("base_model.model.model.layers.0.self_attn.q_proj.diff_rows")!.dtype).toBe("I32");
  expect(tensors.get("base_model.model.model.layers.0.self_attn.q_proj.diff_values")!.dtype).toBe("F32");
});

const unbiased = goldenPath("models/llama");
test.skipIf(!unbiased)("BitFit says so when a model has no biases, and trains zero ones where asked", async () => {
  const llama = baseModelOf(await openModel(unbiased!));
  const bitfit = adapterMethods.find(({ type }) => type === "BITFIT")!;
  await expect(bitfit.init(llama, bitfit.readConfig({}), new Rng(1))).rejects.toThrow(
    /has no biases to train.*add_biases/s,
  );
  const tensors = await bitfit.init(llama, bitfit.readConfig({ add_biases: ["q_proj"] }), new Rng(1));
  expect(Object.keys(tensors).every((name) => name.endsWith("q_proj.bias"))).toBe(true);
});
