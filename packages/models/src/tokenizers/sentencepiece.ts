import { InputError } from "@loam/core";
import type { TokenizerJson } from "./tokenizer.ts";

/** Kinds of piece in sentencepiece_model.proto. */
const PieceType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

interface SentencePiece {
  piece: string;
  score: number;
  type: number;
}

export interface SentencePieceModel {
  pieces: SentencePiece[];
  algorithm: "unigram" | "bpe";
  byteFallback: boolean;
  addDummyPrefix: boolean;
  removeExtraWhitespaces: boolean;
  /** Compiled normalisation rules; empty for none. */
  charsMap: Uint8Array;
  unknownId: number;
  bosId: number;
  eosId: number;
}

/**
 * Reads a SentencePiece `.model` file (a protobuf message, sentencepiece_model.proto).
 *
 * @throws {InputError} `bad_tokenizer`.
 */
export function parseSentencePieceModel(bytes: Uint8Array, name = "tokenizer.model"): SentencePieceModel {
  const model: SentencePieceModel = {
    pieces: [],
    algorithm: "unigram",
    byteFallback: false,
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    charsMap: new Uint8Array(),
    unknownId: 0,
    bosId: 1,
    eosId: 2,
  };
  try {
    for (const { field, value } of fieldsOf(bytes)) {
      if (field === 1) model.pieces.push(parsePiece(value as Uint8Array));
      else if (field === 2) readTrainerSpec(value as Uint8Array, model, name);
      else if (field === 3) readNormalizerSpec(value as Uint8Array, model);
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError("bad_tokenizer", `${name} is not a SentencePiece model: ${(cause as Error).message}.`, {
      hint: "download the file again, or add a tokenizer.json",
      cause,
    });
  }
  if (model.pieces.length === 0)
    throw new InputError("bad_tokenizer", `${name} holds no pieces.`, {
      hint: "download the file again, or add a tokenizer.json",
    });
  return model;
}

/** The `tokenizer.json` that encodes as the SentencePiece model does; `<s>` is put in front of texts. */
export function sentencePieceTokenizerJson(model: SentencePieceModel): TokenizerJson {
  const { pieces, algorithm, unknownId, bosId } = model;
  const special = pieces.flatMap(({ piece, type }, id) =>
    type === PieceType.control || type === PieceType.unknown || type === PieceType.userDefined
      ? [
          {
            id,
            content: piece,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: type !== PieceType.userDefined,
          },
        ]
      : [],
  );
  const bos = pieces[bosId]?.type === PieceType.control ? pieces[bosId]!.piece : undefined;
  const template = (id: "A" | "B", type_id: number) => [
    ...(bos ? [{ SpecialToken: { id: bos, type_id } }] : []),
    { Sequence: { id, type_id } },
  ];
  const common = {
    added_tokens: special,
    post_processor: {
      type: "TemplateProcessing",
      single: template("A", 0),
      pair: [...template("A", 0), ...template("B", 1)],
      special_tokens: bos ? { [bos]: { id: bos, ids: [bosId], tokens: [bos] } } : {},
    },
  };
  if (algorithm === "unigram") {
    const normalizers: NonNullable<TokenizerJson["normalizer"]>[] = [];
    if (model.charsMap.length > 0) {
      normalizers.push({ type: "Precompiled", precompiled_charsmap: Buffer.from(model.charsMap).toString("base64") });
    }
    if (model.removeExtraWhitespaces) normalizers.push({ type: "Replace", pattern: { Regex: " {2,}" }, content: " " });
    const metaspace = {
      type: "Metaspace",
      replacement: "▁",
      prepend_scheme: model.addDummyPrefix ? "always" : "never",
      split: true,
    };
    return {
      ...common,
      normalizer: normalizers.length > 0 ? { type: "Sequence", normalizers } : null,
      pre_tokenizer: metaspace,
      decoder: metaspace,
      model: {
        type: "Unigram",
        unk_id: unknownId,
        vocab: pieces.map(({ piece, score }) => [piece, score] as [string, number]),
        byte_fallback: model.byteFallback,
      },
    };
  }
  return {
    ...common,
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(model.addDummyPrefix ? [{ type: "Prepend", prepend: "▁" }] : []),
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(model.addDummyPrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: pieces[unknownId]!.piece,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: model.byteFallback,
      vocab: Object.fromEntries(pieces.map(({ piece }, id) => [piece, id])),
      merges: mergesOf(pieces),
    },
  };
}

/**
 * SentencePiece joins whichever neighbours make the piece with the best score; as a list of merges, that is every way
 * to cut a piece into two pieces, best score first.
 */
function mergesOf(pieces: readonly SentencePiece[]): [string, string][] {
  const ids = new Map(pieces.map(({ piece }, id) => [piece, id]));
  const merges: { left: string; right: string; score: number }[] = [];
  for (const { piece, score, type } of pieces) {
    if (type !== PieceType.normal && type !== PieceType.userDefined) continue;
    const characters = [...piece];
    const cuts: { left: string; right: string; score: number }[] = [];
    for (let cut = 1; cut < characters.length; cut++) {
      const left = characters.slice(0, cut).join("");
      const right = characters.slice(cut).join("");
      if (ids.has(left) && ids.has(right)) cuts.push({ left, right, score });
    }
    merges.push(...cuts.sort((a, b) => ids.get(a.left)! - ids.get(b.left)! || ids.get(a.right)! - ids.get(b.right)!));
  }
  return merges.sort((a, b) => b.score - a.score).map(({ left, right }) => [left, right]);
}

function parsePiece(bytes: Uint8Array): SentencePiece {
  const result: SentencePiece = { piece: "", score: 0, type: PieceType.normal };
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) result.piece = new TextDecoder().decode(value as Uint8Array);
    else if (field === 2) result.score = asFloat(value as Uint8Array);
    else if (field === 3) result.type = value as number;
  }
  return result;
}

function readTrainerSpec(bytes: Uint8Array, model: SentencePieceModel, name: string): void {
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 3) {
      if (value !== 1 && value !== 2) {
        throw new InputError(
          "bad_tokenizer",
          `${name} has SentencePiece model type ${value}; Loam reads unigram (1) and BPE (2).`,
          { hint: "add a tokenizer.json made from it" },
        );
      }
      model.algorithm = value === 1 ? "unigram" : "bpe";
    } else if (field === 35) model.byteFallback = value === 1;
    else if (field === 40) model.unknownId = value as number;
    else if (field === 41) model.bosId = value as number;
    else if (field === 42) model.eosId = value as number;
  }
}

function readNormalizerSpec(bytes: Uint8Array, model: SentencePieceModel): void {
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 2) model.charsMap = value as Uint8Array;
    else if (field === 3) model.addDummyPrefix = value === 1;
    else if (field === 4) model.removeExtraWhitespaces = value === 1;
  }
}

/** The fields of a protobuf message: varints as numbers (32-bit signed where negative), the rest as bytes. */
function* fieldsOf(bytes: Uint8Array): Generator<{ field: number; value: number | Uint8Array }> {
  let at = 0;
  const varint = (): number => {
    let result = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("it ends within a number");
      result += (byte & 127) * factor;
      if (byte < 128) return result >= 2 ** 63 ? result - 2 ** 64 : result;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error("it ends within a field");
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    if (wire === 0) yield { field: key >>> 3, value: varint() };
    else if (wire === 1) yield { field: key >>> 3, value: take(8) };
    else if (wire === 2) yield { field: key >>> 3, value: take(varint()) };
    else if (wire === 5) yield { field: key >>> 3, value: take(4) };
    else throw new Error(`byte ${at} starts a field of unknown kind ${wire}`);
  }
}

function asFloat(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}
