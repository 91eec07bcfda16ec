import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteLevelBpeTokenizerJson } from "../tokenizers/from-vocabulary.ts";

/** Byte-level BPE spells bytes that are no printable characters with those from U+0100 on (GPT-2's `bytes_to_unicode`). */
function byteCharacters(): string[] {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCodePoint(printable(b) ? b : next++));
}

const template =
  "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}" +
  "{% if tools %}Functions: {{ tools | tojson }}\n{% endif %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** A folder with random weights (Qwen 2, 2 layers), a tokenizer of bytes and a chat template: enough to talk nonsense. */
export function tinyChatModel(): string {
  const folder = mkdtempSync(join(tmpdir(), "loam-tiny-"));
  const source = join(import.meta.dirname, "../../golden/models/qwen2");
  cpSync(join(source, "model.safetensors"), join(folder, "model.safetensors"), { mode: 0 });
  const config = JSON.parse(readFileSync(join(source, "config.json"), "utf8"));
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ ...config, eos_token_id: null, max_position_embeddings: 1024 }),
  );
  const pieces = [...byteCharacters(), "<|im_start|>", "<|im_end|>", "<think>", "</think>"];
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const tokenizer = byteLevelBpeTokenizerJson(vocab, "", { specialTokens: ["<|im_start|>", "<|im_end|>"] });
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  writeFileSync(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({ eos_token: "<|im_end|>", chat_template: template }),
  );
  return folder;
}
