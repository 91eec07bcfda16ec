import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { dataFolder, goldenFolder } from "../../test/golden.ts";
import { ChatTemplate } from "./chat-template.ts";
import { Tokenizer } from "./tokenizer.ts";

const files = join(dataFolder, "models/tokenizers");

describe.skipIf(!existsSync(files))("chat templates (needs the models in LOAM_DATA)", () => {
  test.each(["qwen3", "llama3"])("%s renders and encodes conversations as transformers does", async (name) => {
    const config = JSON.parse(await readFile(join(files, `${name}-tokenizer_config.json`), "utf8"));
    const tokenizer = new Tokenizer(
      JSON.parse(gunzipSync(await readFile(join(files, `${name}-tokenizer.json.gz`))).toString()),
    );
    const template = new ChatTemplate(config.chat_template, {
      bos_token: config.bos_token,
      eos_token: config.eos_token,
    });
    const golden = JSON.parse(await readFile(join(goldenFolder("tokenizers"), `${name}-chat.json`), "utf8"));
    for (const { name: label, messages, text, ids, add_generation_prompt, ...variables } of golden.cases) {
      const rendered = template.render(messages, { addGenerationPrompt: add_generation_prompt, ...variables });
      expect(rendered, label).toBe(text);
      expect(tokenizer.encode(rendered, { addSpecialTokens: false }).ids, label).toEqual(ids);
    }
  });
});
