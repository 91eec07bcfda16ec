import { InputError, type Rng } from "@loam/core";
import { compile, floats, sub, type Tensor, value } from "@loam/graph";
import { type DecoderModel, Modules } from "@loam/models";
import type { PromptTuningConfig } from "./config.ts";

/**
 * The tokens whose embeddings a prompt starts from (`PromptEmbedding` of PEFT 0.21's `tuners/prompt_tuning/model.py`), undefined
 * where it starts from random numbers.
 *
 * @throws {InputError} `bad_adapter_config` when `TEXT` has no text, or the model no tokenizer.
 */
export function startTokens(
  { tokenizer, config: { vocabSize }, name }: DecoderModel,
  { prompt_tuning_init, prompt_tuning_init_text, num_virtual_tokens: P }: PromptTuningConfig,
  rng: Rng,
): number[] | undefined {
  if (prompt_tuning_init === "RANDOM") return undefined;
  if (prompt_tuning_init === "SAMPLE_VOCAB") return Array.from({ length: P }, () => rng.integer(vocabSize));
  const refuse = (reason: string) =>
    new InputError("bad_adapter_config", `prompt_tuning_init TEXT cannot be used: ${reason}.`, {
      hint: "give `prompt_tuning_init_text`, or choose RANDOM",
    });
  if (!tokenizer) throw refuse(`${name} has no tokenizer`);
  const { ids } = tokenizer.encode(prompt_tuning_init_text ?? "");
  if (!prompt_tuning_init_text || ids.length === 0) throw refuse("there is no text");
  return Array.from({ length: P }, (_, i) => ids[i % ids.length]!);
}

/** What the model reads for these tokens, [P, C], without what it adds for their places. */
export async function embeddingsOf(model: DecoderModel, ids: readonly number[]): Promise<Float32Array> {
  const { architecture, config, parameters } = model;
  const modules = new Modules(parameters);
  const type = { dtype: "int64", shape: [1, ids.length] } as const;
  const program = await compile(
    (x: { ids: Tensor; positions: Tensor }) => {
      const embeddings = architecture.embed(modules, config, x.ids, x.positions);
      const places = architecture.positionEmbeddings?.(modules, config, x.positions);
      return { embeddings: places ? sub(embeddings, places) : embeddings };
    },
    { inputs: { ids: type, positions: type } },
  );
  const places = ids.map((_, i) => i);
  const result = await program({
    ids: value([...ids], [1, ids.length], "int64"),
    positions: value(places, [1, ids.length], "int64"),
  });
  await program.close();
  return floats(result.embeddings).slice();
}
