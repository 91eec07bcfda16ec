import { Rng } from "@loam/core";
import { type DecoderModel, openModel } from "@loam/models";
import { describe, expect, test } from "vitest";
import { ownQwen2 } from "../../test/golden.ts";
import { methodOptions } from "../../test/method-options.ts";
import { baseModelOf } from "../layers/base-model.ts";
import type { BaseModel } from "../layers/method.ts";
import { adapterMethod, adapterMethods } from "../methods/registry.ts";
import type { Adapter } from "./adapter-files.ts";
import { fitAdapter } from "./fit-adapter.ts";

const model = (await openModel(ownQwen2)) as DecoderModel;
const base = baseModelOf(model);

/** The base as if it had other sizes, as far as adapters see it. */
const wider: BaseModel = {
  ...base,
  linearLayers: base.linearLayers.map((layer) =>
    layer.path.endsWith("q_proj")
      ? { ...layer, inFeatures: layer.inFeatures + 16, outFeatures: layer.outFeatures + 8 }
      : layer,
  ),
};
const shallower: BaseModel = {
  ...base,
  linearLayers: base.linearLayers.filter(({ path }) => !path.includes(".layers.1.")),
  model: { ...model, config: { ...model.config, layers: 1 } } as DecoderModel,
};

async function fresh(type: string, more: Record<string, unknown> = {}): Promise<Adapter> {
  const method = adapterMethod(type);
  const config = method.readConfig({ ...methodOptions[type], base_model_name_or_path: "someone/base", ...more });
  const tensors = await method.init(base, config, new Rng(1));
  return { method, config, ...((await method.toFile?.(base, config, tensors)) ?? { tensors }) };
}

describe.each(adapterMethods.map(({ type }) => type))("%s", (type) => {
  test("fits the base that it was made on, and its file has just the tensors that `shapes` names", async () => {
    const adapter = await fresh(type);
    const { tensors } = await fitAdapter(base, adapter);
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(adapter.method.shapes(base, adapter.config)).sort());
  });

  test("a tensor too many, one missing and one of another shape are named", async () => {
    const adapter = await fresh(type);
    const [[key, tensor], ...rest] = Object.entries(adapter.tensors) as [[string, Adapter["tensors"][string]]];
    const fit = (tensors: Adapter["tensors"]) => fitAdapter(base, { ...adapter, tensors });
    await expect(fit({ ...adapter.tensors, "model.layers.9.more": tensor })).rejects.toThrow("model.layers.9.more [");
    await expect(fit(Object.fromEntries(rest))).rejects.toThrow(`${key} [`);
    const bent = { ...tensor, shape: [...tensor.shape, 1] };
    await expect(fit({ ...adapter.tensors, [key]: bent })).rejects.toThrow(
      `the adapter has [${bent.shape.join(", ")}]`,
    );
  });
});

test("another base: each tensor with what the model needs and what the adapter has", async () => {
  const adapter = await fresh("LORA", { target_modules: ["q_proj"], use_dora: false });
  await expect(fitAdapter(wider, adapter)).rejects.toThrow(
    /self_attn\.q_proj\.lora_A\.weight: the model needs \[8, 80\], the adapter has \[8, 64\].*someone\/base/s,
  );
});

test("another number of layers is said as such", async () => {
  const adapter = await fresh("LORA", { target_modules: ["q_proj"], use_dora: false });
  await expect(fitAdapter(shallower, adapter)).rejects.toThrow(
    /layers\.1\.self_attn\.q_proj\.lora_A\.weight \[8, 64\]: the model has no such place.*It has 2 layers, the model 1/s,
  );
});

test("target modules that the base has not are listed with those it has", async () => {
  const adapter = await fresh("LORA", { target_modules: ["q_proj"], use_dora: false });
  const config = { ...adapter.config, target_modules: ["query_key_value"] };
  await expect(fitAdapter(base, { ...adapter, config })).rejects.toThrow(
    /\["query_key_value"\] match none of the \d+ linear layers\. There are q_proj, k_proj/,
  );
});
