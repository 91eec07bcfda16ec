import { InputError } from "@loam/core";
import { type SentencePieceModel, sentencePieceTokenizerJson } from "./sentencepiece.ts";
import type { TokenizerJson } from "./tokenizer.ts";

/**
 * The `tokenizer.json` of a llama2.c `tokenizer.bin`: i32 longest piece, then per piece f32 score, i32 length, bytes.
 * The file spells U+2581 as a space and puts the marks of ids 1 and 2 on lines of their own.
 *
 * @throws {InputError} `bad_tokenizer` for a file that ends too soon.
 */
export function llama2cTokenizerJson(bytes: Uint8Array, name = "tokenizer.bin"): TokenizerJson {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const model: SentencePieceModel = {
    pieces: [],
    algorithm: "bpe",
    byteFallback: false,
    addDummyPrefix: true,
    removeExtraWhitespaces: false,
    charsMap: new Uint8Array(),
    unknownId: 0,
    bosId: 1,
    eosId: 2,
  };
  const controls = ["<unk>", "<s>", "</s>"];
  for (let at = 4; at < bytes.length; ) {
    const id = model.pieces.length;
    const length = at + 8 <= bytes.length ? view.getInt32(at + 4, true) : -1;
    if (length < 0 || at + 8 + length > bytes.length) {
      throw new InputError(
        "bad_tokenizer",
        `${name} ends within piece ${id}; it is truncated or no llama2.c tokenizer.`,
        { hint: "download the file again" },
      );
    }
    const text = new TextDecoder().decode(bytes.subarray(at + 8, at + 8 + length));
    const isByte = /^<0x[0-9A-F]{2}>$/.test(text);
    if (isByte) model.byteFallback = true;
    model.pieces.push({
      piece: controls[id] ?? text.replaceAll(" ", "▁"),
      score: view.getFloat32(at, true),
      type: id === 0 ? 2 : id < controls.length ? 3 : isByte ? 6 : 1,
    });
    at += 8 + length;
  }
  return sentencePieceTokenizerJson(model);
}
