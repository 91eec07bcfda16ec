import type { GgufValue } from "@loam/formats";
import { byteLevelBpeTokenizerJson } from "./from-vocabulary.ts";
import { sentencePieceTokenizerJson } from "./sentencepiece.ts";
import type { TokenizerJson } from "./tokenizer.ts";
import { wordPatterns } from "./word-patterns.ts";

/** The tokenizer inside a GGUF file: `gpt2` (byte-level BPE) or `llama` (SentencePiece); undefined for others. */
export function ggufTokenizerJson(metadata: ReadonlyMap<string, GgufValue>): TokenizerJson | undefined {
  const tokens = metadata.get("tokenizer.ggml.tokens") as string[] | undefined;
  if (!tokens) return undefined;
  const types = (metadata.get("tokenizer.ggml.token_type") as number[] | undefined) ?? [];
  const model = metadata.get("tokenizer.ggml.model");
  if (model === "llama") {
    const scores = (metadata.get("tokenizer.ggml.scores") as number[] | undefined) ?? [];
    return sentencePieceTokenizerJson({
      pieces: tokens.map((piece, id) => ({ piece, score: scores[id] ?? 0, type: types[id] ?? 1 })),
      algorithm: "bpe",
      byteFallback: types.includes(6),
      addDummyPrefix: metadata.get("tokenizer.ggml.add_space_prefix") !== false,
      removeExtraWhitespaces: false,
      charsMap: new Uint8Array(),
      unknownId: (metadata.get("tokenizer.ggml.unknown_token_id") as number | undefined) ?? 0,
      bosId: (metadata.get("tokenizer.ggml.bos_token_id") as number | undefined) ?? 1,
      eosId: (metadata.get("tokenizer.ggml.eos_token_id") as number | undefined) ?? 2,
    });
  }
  if (model !== "gpt2") return undefined;
  const control = tokens.filter((_, id) => types[id] === 3 || types[id] === 4);
  const json = byteLevelBpeTokenizerJson(
    Object.fromEntries(tokens.map((token, id) => [token, id])),
    (metadata.get("tokenizer.ggml.merges") as string[]).join("\n"),
    { specialTokens: control },
  );
  const pattern = wordPatterns[metadata.get("tokenizer.ggml.pre") as string];
  if (pattern) {
    json.pre_tokenizer = {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    };
  }
  return json;
}
