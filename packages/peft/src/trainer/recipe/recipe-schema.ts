import { z } from "zod";
import { AdaloraConfig } from "../../methods/adalora/config.ts";
import { BitfitConfig } from "../../methods/bitfit/config.ts";
import { BottleneckConfig } from "../../methods/bottleneck/config.ts";
import { DiffPruningConfig } from "../../methods/diff-pruning/config.ts";
import { FullConfig } from "../../methods/full/config.ts";
import { Ia3Config } from "../../methods/ia3/config.ts";
import { LnTuningConfig } from "../../methods/ln-tuning/config.ts";
import { LohaConfig } from "../../methods/loha/config.ts";
import { LokrConfig } from "../../methods/lokr/config.ts";
import { LoraConfig } from "../../methods/lora/config.ts";
import { PTuningConfig } from "../../methods/p-tuning/config.ts";
import { PrefixTuningConfig } from "../../methods/prefix-tuning/config.ts";
import { PromptTuningConfig } from "../../methods/prompt-tuning/config.ts";
import { TrainableTokensConfig } from "../../methods/trainable-tokens/config.ts";
import { VeraConfig } from "../../methods/vera/config.ts";
import { Recipe } from "./recipe.ts";

const methodConfigs: Readonly<Record<string, z.ZodType>> = {
  LORA: LoraConfig,
  ADALORA: AdaloraConfig,
  VERA: VeraConfig,
  LOHA: LohaConfig,
  LOKR: LokrConfig,
  IA3: Ia3Config,
  PREFIX_TUNING: PrefixTuningConfig,
  P_TUNING: PTuningConfig,
  PROMPT_TUNING: PromptTuningConfig,
  BOTTLENECK: BottleneckConfig,
  BITFIT: BitfitConfig,
  LN_TUNING: LnTuningConfig,
  DIFF_PRUNING: DiffPruningConfig,
  TRAINABLE_TOKENS: TrainableTokensConfig,
  FULL: FullConfig,
};

/** A recipe and the options of each method as JSON Schema (draft 2020-12), for forms and editors. */
export function recipeJsonSchema(): { recipe: object; methods: Record<string, object> } {
  const toSchema = (schema: z.ZodType): object => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return {
    recipe: toSchema(Recipe),
    methods: Object.fromEntries(Object.entries(methodConfigs).map(([type, config]) => [type, toSchema(config)])),
  };
}
