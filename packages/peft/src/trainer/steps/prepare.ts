import { execWithinTime, InputError, type OnProgress, Rng, UnsupportedError } from "@loam/core";
import { adafactor, adamW, adamW8bit, lion, type Optimiser, sgd } from "@loam/graph";
import { type DecoderModel, openModel } from "@loam/models";
import { quantizedModel } from "../../few-bits/quantized-model.ts";
import { readAdapter } from "../../files/adapter-files.ts";
import { fitAdapter } from "../../files/fit-adapter.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import type { AdapterConfig, AdapterMethod, AdapterTensors, BaseModel, TensorValue } from "../../layers/method.ts";
import { adapterMethod } from "../../methods/registry.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { checkPatterns, tensorRates, withFrozen } from "./tensor-patterns.ts";
import type { ParameterGroup } from "./train-step.ts";

/** A recipe's base model and the adapter that training starts with. */
export interface PreparedRun {
  model: DecoderModel;
  base: BaseModel;
  method: AdapterMethod;
  config: AdapterConfig;
  initial: AdapterTensors<TensorValue>;
}

/** Opens what a recipe names. @throws {UnsupportedError} for encoders, and what the parts throw. */
export async function prepareRun(
  recipe: Recipe,
  options: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<PreparedRun> {
  const opened = await openBase(recipe, options);
  const { base, method } = opened;
  const about = { base_model_name_or_path: recipe.model, task_type: "CAUSAL_LM" };
  if (recipe.adapter === undefined) {
    const config = method.readConfig({ ...about, ...recipe.method });
    const initial = await method.init(base, config, new Rng(recipe.seed));
    checkPatterns(recipe, method, Object.keys(initial));
    return { ...opened, config, initial };
  }
  const adapter = await readAdapter(recipe.adapter);
  if (adapter.method.type !== method.type) {
    throw new InputError(
      "bad_recipe",
      `${recipe.adapter} is ${adapter.method.type}, but the recipe asks for ${method.type}.`,
      {
        details: { field: "method.peft_type", got: method.type },
        hint: `set \`method: { peft_type: ${adapter.method.type} }\``,
      },
    );
  }
  const config = method.readConfig({ ...adapter.config, ...about, inference_mode: false, ...recipe.method });
  const { tensors, trained } = await fitAdapter(base, { ...adapter, config });
  const initial = trained ?? tensors;
  checkPatterns(recipe, method, Object.keys(initial));
  return { ...opened, config, initial };
}

/**
 * The base model alone, which is all that a worker process needs.
 *
 * @throws {UnsupportedError} for an encoder.
 */
export async function openBase(
  recipe: Recipe,
  { onProgress, signal }: { onProgress?: OnProgress; signal?: AbortSignal } = {},
): Promise<Pick<PreparedRun, "model" | "base" | "method">> {
  const opened = await openModel(recipe.model, { onProgress, signal });
  if (opened.kind !== "decoder") {
    throw new UnsupportedError(`${recipe.model} is an encoder; the trainer teaches decoders to write.`, {
      hint: "choose a causal language model",
    });
  }
  const model =
    recipe.quantize === "none" ? opened : await quantizedModel(opened, { type: recipe.quantize, onProgress, signal });
  return { model, base: baseModelOf(model), method: withFrozen(adapterMethod(recipe.method.peft_type), recipe.freeze) };
}

export function optimiserOf({ optimizer }: Recipe, { decays = true }: { decays?: boolean } = {}): Optimiser {
  const { name, betas, eps } = optimizer;
  const weightDecay = decays ? optimizer.weight_decay : 0;
  switch (name) {
    case "adamw":
      return adamW({ weightDecay, ...(betas && { betas }), ...(eps && { eps }) });
    case "adamw_8bit":
      return adamW8bit({ weightDecay, ...(betas && { betas }), ...(eps && { eps }) });
    case "lion":
      return lion({ weightDecay, ...(betas && { betas }) });
    case "adafactor":
      return adafactor({ weightDecay });
    case "sgd":
      return sgd({ weightDecay });
  }
}

/** Names that do not decay in transformers' Trainer (`get_decay_parameter_names`). */
const neverDecays = ["bias", "layernorm", "rmsnorm", "(?:^|\\.)norm(?:$|\\.)", "_norm(?:$|\\.)"];

/** How each of these tensors is moved: whether it decays, and how fast it learns, with LoRA+ and by its layer. */
export function groupsOf(recipe: Recipe, keys: readonly string[]): (key: string) => ParameterGroup {
  const { weight_decay, no_decay = neverDecays, loraplus_lr_ratio } = recipe.optimizer;
  const patterns = no_decay.map((pattern) => new RegExp(pattern, "i"));
  const undecayed = optimiserOf(recipe, { decays: false });
  const rate = tensorRates(recipe.optimizer, keys);
  return (key) => ({
    ...(weight_decay > 0 && patterns.some((pattern) => execWithinTime(pattern, key)) && { optimiser: undecayed }),
    rateFactor: rate(key) * (/\.lora_(embedding_)?B\b/.test(key) ? loraplus_lr_ratio : 1),
  });
}
