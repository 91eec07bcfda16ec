import { UnsupportedError } from "@loam/core";
import type { GgufField } from "@loam/formats";
import type { DecoderModel } from "../model/model.ts";
import type { Tokenizer, TokenizerJson } from "./tokenizer.ts";
import { wordPatterns } from "./word-patterns.ts";

/** `tokenizer.ggml.token_type`. */
const TokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

type Fields = Record<string, GgufField>;

/**
 * The metadata from which llama.cpp builds a model's tokenizer and chat: byte-level BPE (`gpt2`) or BPE over text with bytes
 * for what it cannot spell (`llama`, SentencePiece's). The vocabulary is filled up to the rows of the embedding table.
 *
 * @throws {UnsupportedError} for other kinds of tokenizer, and for ways to cut words that llama.cpp has no name for.
 */
export function ggufTokenizerFields(
  model: Pick<DecoderModel, "tokenizer" | "chatTemplate" | "eosTokenIds" | "checkpoint" | "config" | "name">,
): Fields {
  const { tokenizer, chatTemplate, config, checkpoint } = model;
  if (!tokenizer) return { "tokenizer.ggml.model": text("no_vocab") };
  const { json } = tokenizer;
  if (json.model.type !== "BPE") {
    throw new UnsupportedError(`${model.name} has a ${json.model.type} tokenizer; GGUF is written with BPE.`, {
      hint: "use the Hugging Face folder, or convert it with llama.cpp's convert_hf_to_gguf.py",
    });
  }
  const { tokens, types } = vocabularyOf(json, config.vocabSize, model.name);
  const ends = tokenizer.encode("").ids;
  const bos = (checkpoint.config.bos_token_id as number | null | undefined) ?? ends[0];
  const turnEnd = chatTemplate?.eosToken === undefined ? undefined : tokenizer.tokenId(chatTemplate.eosToken);
  const eos = turnEnd ?? model.eosTokenIds[0];
  const others = model.eosTokenIds.filter((id) => id !== eos);
  const pad = checkpoint.config.pad_token_id as number | null | undefined;
  return {
    ...(tokenizer.pieces === "bytes" ? byteLevelFields(json, model.name) : sentencePieceFields(json, tokens)),
    "tokenizer.ggml.tokens": { type: "array", items: "string", value: tokens },
    "tokenizer.ggml.token_type": { type: "array", items: "i32", value: types },
    ...(bos !== undefined && { "tokenizer.ggml.bos_token_id": id(bos) }),
    ...(eos !== undefined && { "tokenizer.ggml.eos_token_id": id(eos) }),
    ...(others[0] !== undefined && { "tokenizer.ggml.eot_token_id": id(others[0]) }),
    ...(typeof pad === "number" && { "tokenizer.ggml.padding_token_id": id(pad) }),
    ...unknownToken(json, tokenizer),
    "tokenizer.ggml.add_bos_token": flag(bos !== undefined && ends[0] === bos),
    "tokenizer.ggml.add_eos_token": flag(
      ends.length > 0 && eos !== undefined && ends.at(-1) === eos && ends[0] !== eos,
    ),
    ...(chatTemplate && { "tokenizer.chat_template": text(chatTemplate.source) }),
  };
}

const id = (value: number): GgufField => ({ type: "u32", value });
const flag = (value: boolean): GgufField => ({ type: "bool", value });
const text = (value: string): GgufField => ({ type: "string", value });

/** Tokens by id, with what kind each is. */
function vocabularyOf(json: TokenizerJson, size: number, name: string): { tokens: string[]; types: number[] } {
  const tokens = new Array<string | undefined>(size);
  const types = new Array<number>(size).fill(TokenType.unused);
  const put = (token: string, at: number, type: number) => {
    if (at >= size) {
      throw new UnsupportedError(`${name}: token ${at} has no row in the embedding table of ${size}.`, {
        details: { token, id: at, rows: size },
        hint: "check that tokenizer and weights belong together",
      });
    }
    tokens[at] = token;
    types[at] = type;
  };
  for (const [token, at] of Object.entries(json.model.vocab as Record<string, number>))
    put(
      token,
      at,
      json.model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(token) ? TokenType.byte : TokenType.normal,
    );
  for (const { id: at, content, special } of json.added_tokens) {
    const isUnknown = content === json.model.unk_token;
    put(content, at, isUnknown ? TokenType.unknown : special ? TokenType.control : TokenType.userDefined);
  }
  return { tokens: Array.from(tokens, (token, at) => token ?? `[PAD${at}]`), types };
}

const mergesOf = (json: TokenizerJson): [string, string][] =>
  (json.model.merges as (string | [string, string])[]).map((merge) =>
    typeof merge === "string" ? (merge.split(" ") as [string, string]) : merge,
  );

function byteLevelFields(json: TokenizerJson, name: string): Fields {
  return {
    "tokenizer.ggml.model": text("gpt2"),
    "tokenizer.ggml.pre": text(preTokenizerName(json, name)),
    "tokenizer.ggml.merges": { type: "array", items: "string", value: mergesOf(json).map((pair) => pair.join(" ")) },
  };
}

/** llama.cpp's name for how a byte-level tokenizer cuts text into words. */
function preTokenizerName(json: TokenizerJson, name: string): string {
  const steps = (json.pre_tokenizer?.pretokenizers as Record<string, unknown>[] | undefined) ?? [
    json.pre_tokenizer ?? {},
  ];
  const pattern = steps.flatMap(({ type, pattern }) =>
    type === "Split" ? [(pattern as { Regex?: string }).Regex ?? ""] : [],
  )[0];
  const kinds = steps.map(({ type }) => type);
  if (pattern === undefined && kinds.every((kind) => kind === "ByteLevel")) return "gpt-2";
  // Digits one by one, then GPT-2's words.
  if (pattern === undefined && kinds.join() === "Digits,ByteLevel") return "smollm";
  const known = Object.keys(wordPatterns).find((key) => wordPatterns[key] === pattern);
  if (known) return known;
  throw new UnsupportedError(`${name}: llama.cpp has no name that Loam knows for the way its tokenizer cuts words.`, {
    details: { pattern, steps: kinds, known: ["gpt-2", "smollm", ...Object.keys(wordPatterns)] },
    hint: "convert the merged folder with llama.cpp's convert_hf_to_gguf.py",
  });
}

/**
 * SentencePiece joins the neighbours whose piece scores best; in a list of merges, the piece that is made first. Pieces that
 * nothing makes (characters, bytes, marks) need no score.
 */
function sentencePieceFields(json: TokenizerJson, tokens: readonly string[]): Fields {
  const rank = new Map<string, number>();
  for (const [left, right] of mergesOf(json)) if (!rank.has(left + right)) rank.set(left + right, rank.size);
  const parts = JSON.stringify([json.normalizer, json.pre_tokenizer]);
  return {
    "tokenizer.ggml.model": text("llama"),
    "tokenizer.ggml.pre": text("default"),
    "tokenizer.ggml.scores": {
      type: "array",
      items: "f32",
      value: tokens.map((token) => (rank.has(token) ? -rank.get(token)! : 0)),
    },
    "tokenizer.ggml.add_space_prefix": flag(/"Prepend"|"prepend_scheme":"(always|first)"/.test(parts)),
  };
}

function unknownToken(json: TokenizerJson, tokenizer: Tokenizer): Fields {
  const unknown = typeof json.model.unk_token === "string" ? tokenizer.tokenId(json.model.unk_token) : undefined;
  return unknown === undefined ? {} : { "tokenizer.ggml.unknown_token_id": id(unknown) };
}
