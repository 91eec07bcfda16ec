import { InputError } from "@loam/core";
import type { TokenizerJson } from "./tokenizer.ts";

const added = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/**
 * The `tokenizer.json` of a BERT `vocab.txt` (one piece a line, line number = id).
 *
 * @param lowercase also strips accents, as `bert-base-uncased` does.
 * @throws {InputError} `bad_tokenizer` when a token that it needs is missing.
 */
export function wordPieceTokenizerJson(vocabText: string, { lowercase }: { lowercase: boolean }): TokenizerJson {
  const pieces = vocabText.replace(/\r?\n$/, "").split(/\r?\n/);
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].filter((token) => token in vocab);
  for (const token of ["[UNK]", "[CLS]", "[SEP]"]) {
    if (!(token in vocab)) {
      throw new InputError("bad_tokenizer", `The WordPiece vocabulary of ${pieces.length} lines has no ${token}.`, {
        hint: "check that this is a BERT vocab.txt",
      });
    }
  }
  const mark = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: "A" | "B", type_id: number) => ({ Sequence: { id, type_id } });
  return {
    added_tokens: special.map((token) => added(vocab[token]!, token)),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [mark("[CLS]", 0), sequence("A", 0), mark("[SEP]", 0)],
      pair: [mark("[CLS]", 0), sequence("A", 0), mark("[SEP]", 0), sequence("B", 1), mark("[SEP]", 1)],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((token) => [token, { id: token, ids: [vocab[token]], tokens: [token] }]),
      ),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/** The `tokenizer.json` of GPT-2's `vocab.json` (encoder.json) and `merges.txt` (vocab.bpe): byte-level BPE. */
export function byteLevelBpeTokenizerJson(
  vocab: Record<string, number>,
  mergesText: string,
  { specialTokens = ["<|endoftext|>"] }: { specialTokens?: readonly string[] } = {},
): TokenizerJson {
  const merges = mergesText.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version"));
  return {
    added_tokens: specialTokens.filter((token) => token in vocab).map((token) => added(vocab[token]!, token)),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: merges.map((line) => line.split(" ")),
    },
  };
}
