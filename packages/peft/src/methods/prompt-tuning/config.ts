import { z } from "zod";
import { commonFields } from "../../layers/config.ts";

/** PromptTuningConfig of PEFT 0.21 (`tuners/prompt_tuning/config.py`). */
export const PromptTuningConfig = z.looseObject({
  ...commonFields,
  peft_type: z.literal("PROMPT_TUNING").default("PROMPT_TUNING"),
  /** Learned tokens that stand before the text. */
  num_virtual_tokens: z.number().int().positive().default(20),
  /** Random numbers, the embeddings of a text, or those of tokens chosen at random. */
  prompt_tuning_init: z.enum(["RANDOM", "TEXT", "SAMPLE_VOCAB"]).default("RANDOM"),
  /** With `TEXT`: cut, or repeated, to the number of virtual tokens. */
  prompt_tuning_init_text: z.string().nullish(),
  /** Whose tokens the text is in; left out, the base's. */
  tokenizer_name_or_path: z.string().nullish(),
});
export type PromptTuningConfig = z.infer<typeof PromptTuningConfig>;
