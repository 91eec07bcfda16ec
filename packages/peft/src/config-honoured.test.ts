import { Rng } from "@loam/core";
import { compile, floats, input, linear as linearOp, type Shape, type Tensor, value } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { describe, expect, test } from "vitest";
import { ownQwen2 } from "../test/golden.ts";
import { moved } from "../test/tensors.ts";
import { baseModelOf } from "./layers/base-model.ts";
import { droppedDelta } from "./layers/delta-forward.ts";
import { adapterMethod } from "./methods/registry.ts";
import { frozen } from "./numbers/tensor-value.ts";

const model = (await openModel(ownQwen2)) as DecoderModel;
const base = baseModelOf(model);
const lora = adapterMethod("LORA");
const keysOf = async (options: Record<string, unknown>, method = lora) =>
  Object.keys(await method.init(base, method.readConfig(options), new Rng(1)));

describe("options that choose modules", () => {
  test("layers_to_transform, layers_pattern and exclude_modules", async () => {
    const one = await keysOf({ target_modules: ["q_proj"], layers_to_transform: 1 });
    expect(one.every((key) => key.includes(".layers.1."))).toBe(true);
    expect(await keysOf({ target_modules: ["q_proj"], layers_to_transform: [1], layers_pattern: "layers" })).toEqual(
      one,
    );
    expect(
      await keysOf({ target_modules: ["q_proj", "v_proj"], exclude_modules: ["v_proj"], layers_to_transform: [1] }),
    ).toEqual(one);
    expect(await keysOf({ target_modules: ["q_proj", "v_proj"], exclude_modules: ".*(layers\\.0|v_proj).*" })).toEqual(
      one,
    );
    await expect(
      keysOf({ target_modules: ["q_proj"], layers_to_transform: [1], layers_pattern: "blocks" }),
    ).rejects.toThrow("match none");
  });

  test("a whole path is not asked for its layer, as in PEFT", async () => {
    const keys = await keysOf({ target_modules: ["model.layers.0.self_attn.q_proj"], layers_to_transform: [1] });
    expect(keys.every((key) => key.includes("layers.0.self_attn.q_proj"))).toBe(true);
  });

  test("what does not go together is refused", () => {
    const read = (more: Record<string, unknown>) => () => lora.readConfig({ target_modules: ["q_proj"], ...more });
    expect(read({ target_modules: ".*q_proj", layers_to_transform: [0] })).toThrow("needs target_modules as a list");
    expect(read({ layers_pattern: "layers" })).toThrow("needs layers_to_transform");
    expect(read({ lora_bias: true, use_dora: true })).toThrow("does not go with use_dora");
    expect(read({ lora_bias: true, init_lora_weights: "pissa" })).toThrow("true or false only");
  });
});

describe("modules_to_save", () => {
  test("are trained from the base's values, under PEFT's keys, and not adapted besides", async () => {
    const config = lora.readConfig({ target_modules: ["q_proj", "v_proj"], modules_to_save: ["norm", "v_proj"] });
    const tensors = await lora.init(base, config, new Rng(1));
    expect(Object.keys(tensors)).toContain("base_model.model.model.norm.weight");
    expect(tensors["base_model.model.model.norm.weight"]).toEqual(await base.read("model.norm.weight"));
    const ofV = Object.keys(tensors).filter((key) => key.includes("v_proj"));
    expect(ofV.filter((key) => key.includes("lora_"))).toEqual([]);
    expect(ofV.length).toBeGreaterThan(0);
    expect(lora.shapes(base, config)["base_model.model.model.norm.weight"]).toEqual([model.config.hiddenSize]);
    const merged = lora.merge!(base, config, frozen(moved(tensors)));
    expect(Object.keys(merged)).toContain("model.norm.weight");
  });

  test("a name without weights is refused with the nearest one", async () => {
    await expect(keysOf({ target_modules: ["q_proj"], modules_to_save: ["nrom"] })).rejects.toThrow(
      'Did you mean "norm"?',
    );
    expect(() => adapterMethod("PROMPT_TUNING").readConfig({ modules_to_save: ["norm"] })).toThrow("`modules_to_save`");
  });
});

test("lora_bias adds s·b behind B, under PEFT's key, and folds into the bias", async () => {
  const config = lora.readConfig({ target_modules: ["q_proj"], r: 2, lora_alpha: 6, lora_bias: true });
  const tensors = await lora.init(base, config, new Rng(1));
  const key = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias";
  const bias = tensors[key]!;
  bias.data.fill(0.5);
  const program = await compile(
    (_: Record<string, Tensor>) => ({
      bias: lora.merge!(base, config, frozen(tensors))["model.layers.0.self_attn.q_proj.bias"]!,
    }),
    { inputs: {} },
  );
  const merged = floats((await program({})).bias);
  await program.close();
  const { data } = await base.read("model.layers.0.self_attn.q_proj.bias");
  expect(merged[3]! - data[3]!).toBeCloseTo(3 * 0.5, 5);
});

test.each([
  ["use_qalora", true],
  ["alora_invocation_tokens", [1, 2]],
  ["megatron_config", { a: 1 }],
  ["layer_replication", [[0, 1]]],
  ["arrow_config", { top_k: 2 }],
  ["target_parameters", ["experts.gate_up_proj"]],
  ["init_lora_weights", "loftq"],
])("%s changes the numbers and is refused by name", (field, given) => {
  expect(() => lora.readConfig({ target_modules: ["q_proj"], [field]: given })).toThrow(`\`${field}\``);
});

test("LoHa's ABBA is refused; an LSTM prompt encoder can be read, not trained", async () => {
  const loha = adapterMethod("LOHA");
  for (const more of [{ r2: 4 }, { use_khatri_rao: true }, { init_weights: "abba" }])
    expect(() => loha.readConfig({ target_modules: ["q_proj"], ...more })).toThrow("is not computed here");
  expect(() =>
    loha.readConfig({ target_modules: ["q_proj"], use_khatri_rao: "auto", init_weights: true }),
  ).not.toThrow();
  const pTuning = adapterMethod("P_TUNING");
  const config = pTuning.readConfig({ encoder_reparameterization_type: "LSTM", num_virtual_tokens: 2 });
  await expect(pTuning.init(base, config, new Rng(1))).rejects.toThrow("`encoder_reparameterization_type`");
});

test("the same options unused, and options of tomorrow, are kept", () => {
  const json = {
    target_modules: ["q_proj"],
    use_qalora: false,
    arrow_config: null,
    loftq_config: {},
    of_tomorrow: [1],
  };
  expect(lora.readConfig(json)).toMatchObject(json);
});

describe("rank_dropout and module_dropout of LoHa and LoKr", () => {
  /** ΔW [4, 2] of ones with these draws. */
  async function drop(rows: number[], layer: number, options: Parameters<typeof droppedDelta>[2]): Promise<number[]> {
    const program = await compile(
      ({ delta, u, v }: { delta: Tensor; u: Tensor; v: Tensor }) => ({
        result: droppedDelta(delta, "m", options, {
          dropout: (x) => x,
          uniform: (site: string, _shape: Shape) => (site === "m.rank_dropout" ? u : v),
        }),
      }),
      {
        inputs: {
          delta: { dtype: "float32", shape: [4, 2] },
          u: { dtype: "float32", shape: [4, 1] },
          v: { dtype: "float32", shape: [1] },
        },
      },
    );
    const { result } = await program({
      delta: value(new Float32Array(8).fill(1), [4, 2]),
      u: value(rows, [4, 1]),
      v: value([layer], [1]),
    });
    await program.close();
    return [...floats(result)];
  }

  test("rows below the probability go; the rest is scaled up where asked", async () => {
    const draws = [0.1, 0.6, 0.2, 0.9];
    expect(await drop(draws, 0.9, { rows: 0.5, layer: 0, rescale: false })).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(await drop(draws, 0.9, { rows: 0.5, layer: 0, rescale: true })).toEqual([0, 0, 2, 2, 0, 0, 2, 2]);
    expect(await drop([0.1, 0.1, 0.1, 0.1], 0.9, { rows: 0.5, layer: 0, rescale: true })).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  test("a layer is left out whole, or not at all", async () => {
    const draws = [0.6, 0.6, 0.6, 0.6];
    expect(await drop(draws, 0.2, { rows: 0.5, layer: 0.3, rescale: false })).toEqual(Array(8).fill(0));
    expect(await drop(draws, 0.4, { rows: 0.5, layer: 0.3, rescale: false })).toEqual(Array(8).fill(1));
  });

  test.each(["LOHA", "LOKR"])("%s draws in training, and never outside", async (type) => {
    const method = adapterMethod(type);
    const config = method.readConfig({ target_modules: ["q_proj"], r: 2, rank_dropout: 0.3, module_dropout: 0.2 });
    const tensors = frozen(await method.init(base, config, new Rng(1)));
    const sites: string[] = [];
    const { hooks } = method.attach(base, config, tensors, {
      dropout: (x) => x,
      uniform: (site, shape) => {
        sites.push(site);
        return input({ name: site, dtype: "float32", shape });
      },
    });
    const layer = base.linearLayers.find(({ path }) => path.endsWith("q_proj"))!;
    const x = input({ name: "x", dtype: "float32", shape: [1, layer.inFeatures] });
    const run = (by: typeof hooks) =>
      by!.linear!(layer.path, x, (at) => linearOp(at, model.parameters.get(layer.weight)), {
        layout: "out,in",
        weight: layer.weight,
      });
    run(hooks);
    expect(sites).toEqual([`${layer.path}.rank_dropout`, `${layer.path}.module_dropout`]);
    expect(() => run(method.attach(base, config, tensors, { dropout: (at) => at }).hooks)).not.toThrow();
    expect(sites).toHaveLength(2);
  });
});
