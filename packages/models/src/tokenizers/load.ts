import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NotFoundError } from "@loam/core";
import { readTextFile } from "@loam/formats";
import { readJson } from "../checkpoints/hugging-face.ts";
import type { OpenedCheckpoint } from "../checkpoints/open.ts";
import { ChatTemplate } from "./chat-template.ts";
import { byteLevelBpeTokenizerJson, wordPieceTokenizerJson } from "./from-vocabulary.ts";
import { ggufTokenizerJson } from "./gguf-tokenizer.ts";
import { llama2cTokenizerJson } from "./llama2c-tokenizer.ts";
import { parseSentencePieceModel, sentencePieceTokenizerJson } from "./sentencepiece.ts";
import { Tokenizer, type TokenizerJson } from "./tokenizer.ts";

/** The tokenizer of a checkpoint, from whichever file it has; undefined when it has none. */
export async function loadTokenizer(checkpoint: OpenedCheckpoint): Promise<Tokenizer | undefined> {
  if (checkpoint.format === "gguf") {
    const json = ggufTokenizerJson(checkpoint.ggufMetadata!);
    return json && new Tokenizer(json, { name: checkpoint.path });
  }
  if (checkpoint.format === "llama2.c")
    return checkpoint.tokenizerPath ? openTokenizer(checkpoint.tokenizerPath) : undefined;
  return openTokenizer(checkpoint.path).catch((error) => {
    if (error.code === "not_found") return undefined;
    throw error;
  });
}

/**
 * Opens a tokenizer: a folder with `tokenizer.json`, `tokenizer.model`, `vocab.json` and `merges.txt`, or `vocab.txt`; or
 * one of these files; or a llama2.c `tokenizer.bin`.
 */
export async function openTokenizer(path: string): Promise<Tokenizer> {
  const file = (name: string) => join(path, name);
  if (path.endsWith(".json")) return new Tokenizer(await readJson<TokenizerJson>(path), { name: path });
  if (path.endsWith(".model"))
    return new Tokenizer(sentencePieceTokenizerJson(parseSentencePieceModel(await readFile(path), path)), {
      name: path,
    });
  if (path.endsWith(".bin")) return new Tokenizer(llama2cTokenizerJson(await readFile(path), path), { name: path });
  if (existsSync(file("tokenizer.json"))) return openTokenizer(file("tokenizer.json"));
  if (existsSync(file("tokenizer.model"))) return openTokenizer(file("tokenizer.model"));
  if (existsSync(file("vocab.json")) && existsSync(file("merges.txt"))) {
    const vocab = await readJson<Record<string, number>>(file("vocab.json"));
    return new Tokenizer(byteLevelBpeTokenizerJson(vocab, await readTextFile(file("merges.txt"))), { name: path });
  }
  const config = existsSync(file("tokenizer_config.json"))
    ? await readJson<{ do_lower_case?: boolean }>(file("tokenizer_config.json"))
    : {};
  const vocabTxt = path.endsWith(".txt") ? path : file("vocab.txt");
  const text = await readTextFile(vocabTxt).catch((cause) => {
    if (!(cause instanceof NotFoundError)) throw cause;
    throw new NotFoundError("tokenizer in", path, {
      cause,
      hint: "a tokenizer.json, tokenizer.model, vocab.json with merges.txt, or vocab.txt is needed",
    });
  });
  return new Tokenizer(wordPieceTokenizerJson(text, { lowercase: config.do_lower_case ?? true }), { name: path });
}

/** The chat template of a checkpoint: `chat_template.jinja`, or the field of tokenizer_config.json, or GGUF metadata. */
export async function loadChatTemplate(checkpoint: OpenedCheckpoint): Promise<ChatTemplate | undefined> {
  if (checkpoint.format === "gguf") {
    const metadata = checkpoint.ggufMetadata!;
    const source = metadata.get("tokenizer.chat_template");
    const tokens = metadata.get("tokenizer.ggml.tokens") as string[] | undefined;
    const token = (name: string) => tokens?.[metadata.get(`tokenizer.ggml.${name}_token_id`) as number];
    return typeof source === "string"
      ? new ChatTemplate(source, { bos_token: token("bos"), eos_token: token("eos") })
      : undefined;
  }
  if (checkpoint.format === "llama2.c") return undefined;
  const configPath = join(checkpoint.path, "tokenizer_config.json");
  const config = existsSync(configPath) ? await readJson<Record<string, unknown>>(configPath) : {};
  const templatePath = join(checkpoint.path, "chat_template.jinja");
  const source = existsSync(templatePath)
    ? await readTextFile(templatePath, { maxBytes: 4 << 20 })
    : defaultTemplate(config.chat_template);
  if (source === undefined) return undefined;
  const text = (token: unknown) =>
    typeof token === "string" ? token : (token as { content?: string } | null)?.content;
  const tokens = Object.fromEntries(
    ["bos_token", "eos_token", "pad_token", "unk_token"]
      .map((name) => [name, text(config[name])])
      .filter(([, value]) => value !== undefined),
  );
  return new ChatTemplate(source, tokens);
}

/** Some checkpoints name several templates; the one called `default` is meant for conversations. */
function defaultTemplate(template: unknown): string | undefined {
  if (typeof template === "string") return template;
  if (!Array.isArray(template)) return undefined;
  const named = template as { name: string; template: string }[];
  return (named.find(({ name }) => name === "default") ?? named[0])?.template;
}
