import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ChatTemplate, type DecoderModel } from "@loam/models";
import { readExamples } from "../../data/dataset.ts";
import { type PromptTemplateName, promptTemplate } from "../../data/prompt-template.ts";
import type { Recipe } from "../recipe/recipe.ts";

/** Where an adapter's form of conversations stands, as in a model's folder. */
const file = "chat_template.jinja";

/**
 * Writes the form that a run's instructions had beside the adapter, as a chat template: whoever talks to the adapter asks as it
 * was asked in training. Nothing is written where the model's own template was used.
 */
export async function writeChatForm(
  folder: string,
  model: DecoderModel,
  { data }: Pick<Recipe, "data">,
): Promise<void> {
  const { path, format, template } = data;
  if (template === "chat" || !(await holdsInstructions(path, format))) return;
  const source = templateSource(template, model);
  if (source !== undefined) await writeFile(join(folder, file), source);
}

/** The form of conversations that an adapter was trained with; undefined where it is the model's own. */
export async function readChatForm(folder: string): Promise<ChatTemplate | undefined> {
  const path = join(folder, file);
  return existsSync(path) ? new ChatTemplate(await readFile(path, "utf8")) : undefined;
}

async function holdsInstructions(path: string, format: Recipe["data"]["format"]): Promise<boolean> {
  for await (const { kind } of readExamples(path, { format, limit: 1 })) return kind === "instruction";
  return false;
}

/** Undefined where the model's marks for beginning and end cannot be written as text. */
function templateSource(name: PromptTemplateName, { tokenizer, eosTokenIds }: DecoderModel): string | undefined {
  if (!tokenizer) return undefined;
  const spelled = (ids: readonly number[]) => tokenizer.decode(ids, { skipSpecialTokens: false });
  const [bos, eos] = [tokenizer.encode("", { addSpecialTokens: true }).ids, eosTokenIds.slice(0, 1)];
  const isText = (ids: readonly number[]) =>
    String(tokenizer.encode(spelled(ids), { addSpecialTokens: false }).ids) === String(ids);
  if (![bos, eos].every(isText)) return undefined;
  const [before, after] = promptTemplate(name).prompt({ instruction: "\0", input: "" }).split("\0");
  const text = JSON.stringify;
  return [
    bos.length > 0 ? `{{ ${text(spelled(bos))} }}` : "",
    "{% for message in messages %}",
    `{% if message["role"] == "system" %}{{ message["content"] + "\\n\\n" }}`,
    `{% elif message["role"] == "user" %}{{ ${text(before)} + message["content"] + ${text(after)} }}`,
    `{% else %}{{ message["content"] + ${text(spelled(eos))} }}{% endif %}`,
    "{% endfor %}",
  ].join("");
}
