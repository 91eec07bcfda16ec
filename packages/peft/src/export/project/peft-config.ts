import { UnsupportedError } from "@loam/core";
import { adapterMethod } from "../../methods/registry.ts";
import type { Recipe } from "../../trainer/recipe/recipe.ts";

/** The config class of PEFT behind each `peft_type`. */
const peftClasses: Readonly<Record<string, string>> = {
  LORA: "LoraConfig",
  ADALORA: "AdaLoraConfig",
  LOHA: "LoHaConfig",
  LOKR: "LoKrConfig",
  IA3: "IA3Config",
  PREFIX_TUNING: "PrefixTuningConfig",
  PROMPT_TUNING: "PromptTuningConfig",
  P_TUNING: "PromptEncoderConfig",
  LN_TUNING: "LNTuningConfig",
  VERA: "VeraConfig",
  TRAINABLE_TOKENS: "TrainableTokensConfig",
};

/** Fields that say where an adapter is from, not how it is trained. */
const facts = new Set([
  "peft_type",
  "inference_mode",
  "peft_version",
  "base_model_name_or_path",
  "rank_pattern",
  "total_step",
]);

/**
 * PEFT's config class and its options for a recipe's method: the names are the same.
 *
 * @throws {UnsupportedError} for methods that PEFT does not have, saying where they can be trained.
 */
export function peftConfig({ method }: Pick<Recipe, "method">): { class: string; options: Record<string, unknown> } {
  const known = peftClasses[method.peft_type];
  if (!known) {
    const elsewhere =
      method.peft_type === "BOTTLENECK"
        ? "the `adapters` library has its own trainer for them"
        : "no Python library trains it";
    throw new UnsupportedError(`PEFT has no method ${method.peft_type} (${elsewhere}).`, {
      details: { peft_type: method.peft_type, known: Object.keys(peftClasses) },
      hint: `train it here with \`loam tune\`, or choose one of ${Object.keys(peftClasses).join(", ")}`,
    });
  }
  const config = adapterMethod(method.peft_type).readConfig({ task_type: "CAUSAL_LM", ...method });
  // AdaLoRA's rank_pattern is what training found; in LoRA's config it is an option.
  const isFact = (name: string) => facts.has(name) && !(name === "rank_pattern" && method.peft_type !== "ADALORA");
  const options = Object.entries(config).filter(
    ([name, value]) => !isFact(name) && value !== null && value !== undefined,
  );
  return { class: known, options: Object.fromEntries(options) };
}

/** LoRA's options for engines that have LoRA only, in their own names. @throws {UnsupportedError} naming what has none. */
export function loraOnly(
  { method }: Pick<Recipe, "method">,
  engine: string,
  names: Readonly<Record<string, (value: unknown) => Record<string, unknown>>>,
): Record<string, unknown> {
  const { class: name, options } = peftConfig({ method });
  const elsewhere = { hint: "export to accelerate, torchrun or ray, which use PEFT itself" };
  if (name !== "LoraConfig")
    throw new UnsupportedError(`${engine} trains LoRA; the recipe asks for ${method.peft_type}.`, elsewhere);
  const defaults = adapterMethod("LORA").readConfig({ task_type: "CAUSAL_LM", target_modules: [] });
  const result: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(options)) {
    const isDefault = JSON.stringify(value) === JSON.stringify(defaults[option]);
    if (names[option]) Object.assign(result, names[option](value));
    else if (!isDefault)
      throw new UnsupportedError(
        `${engine} has no field for \`method.${option}\`: ${JSON.stringify(value)}.`,
        elsewhere,
      );
  }
  return result;
}
