import { existsSync } from "node:fs";
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConfigJson } from "../architectures/architecture.ts";
import type { Model } from "../model/model.ts";
import type { ChatTemplate } from "../tokenizers/chat-template.ts";

/**
 * Writes the small files that stand beside a model's weights: config, generation settings, tokenizer and chat template. Those
 * of a Hugging Face folder are copied as they are; for a model that came from one file they are made from what it says.
 *
 * @param config in place of the checkpoint's
 */
export async function writeModelTexts(
  model: Model,
  folder: string,
  {
    config = model.checkpoint.config,
    chatTemplate,
  }: { config?: ConfigJson /** In place of the model's own. */; chatTemplate?: ChatTemplate } = {},
): Promise<void> {
  const { checkpoint, tokenizer } = model;
  const has = (name: string) => existsSync(join(folder, name));
  if (checkpoint.format === "hugging-face") {
    for (const name of await readdir(checkpoint.path)) {
      if (/\.(json|txt|model|jinja)$/.test(name) && name !== "config.json" && !name.endsWith(".index.json"))
        await copyFile(join(checkpoint.path, name), join(folder, name));
    }
  }
  await writeJson(join(folder, "config.json"), config);
  if (tokenizer && !has("tokenizer.json")) await writeJson(join(folder, "tokenizer.json"), tokenizer.json);
  if (tokenizer && !has("tokenizer_config.json")) {
    const eos = model.chatTemplate?.eosToken ?? tokenizer.token(model.eosTokenIds[0] ?? -1);
    const bos = tokenizer.token((config.bos_token_id as number | null | undefined) ?? -1);
    await writeJson(join(folder, "tokenizer_config.json"), {
      tokenizer_class: "PreTrainedTokenizerFast",
      ...(bos !== undefined && { bos_token: bos }),
      ...(eos !== undefined && { eos_token: eos }),
      ...(model.chatTemplate && { chat_template: model.chatTemplate.source }),
    });
  }
  if (chatTemplate) await writeFile(join(folder, "chat_template.jinja"), chatTemplate.source);
  if (model.kind === "decoder" && !has("generation_config.json")) {
    const eos = model.eosTokenIds.length === 1 ? model.eosTokenIds[0] : model.eosTokenIds;
    await writeJson(join(folder, "generation_config.json"), {
      ...(typeof config.bos_token_id === "number" && { bos_token_id: config.bos_token_id }),
      ...(model.eosTokenIds.length > 0 && { eos_token_id: eos }),
      ...(typeof config.pad_token_id === "number" && { pad_token_id: config.pad_token_id }),
    });
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
