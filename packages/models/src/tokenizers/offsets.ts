import { UnsupportedError } from "@loam/core";
import { type AlignedText, alignedText, normalizeAligned } from "./aligned-text.ts";
import type { TokenizerJson, TokenizerParts } from "./tokenizer.ts";

type Offset = [start: number, end: number];

/**
 * Tokens of a text, without special marks around it, with their ranges in its code points.
 *
 * @throws {UnsupportedError} for a tokenizer without byte-level pieces.
 */
export function offsetsOf(
  text: string,
  json: TokenizerJson,
  parts: TokenizerParts,
): { tokens: string[]; offsets: Offset[] } {
  const byteLevel = JSON.stringify(json.pre_tokenizer ?? {}).includes('"ByteLevel"');
  if (!byteLevel && json.model.type !== "WordPiece") {
    throw new UnsupportedError(
      `Offsets of a ${json.model.type} tokenizer without byte-level pieces are not available.`,
      {
        hint: "use encode(), or a tokenizer.json with byte-level BPE or WordPiece",
      },
    );
  }
  const tokens: string[] = [];
  const offsets: Offset[] = [];
  let start = 0; // in code points
  for (const [sectionIndex, section] of parts.splitter_unnormalized.split(text).entries()) {
    const length = [...section].length;
    if (parts.added_tokens_map.has(section)) {
      tokens.push(section);
      offsets.push([start, start + length]);
    } else if (length > 0) {
      const normalized = normalizeAligned(alignedText(section, start), json.normalizer);
      for (const part of splitAligned(normalized, parts)) {
        const words = parts.pre_tokenizer?.(part.text, { section_index: sectionIndex }) ?? [part.text];
        const pieces = words.map((word) => parts.model([word]));
        if (parts.added_tokens_map.has(part.text)) {
          tokens.push(part.text);
          offsets.push([part.aligned.starts[0]!, part.aligned.ends.at(-1)!]);
        } else if (byteLevel) {
          alignBytes(pieces.flat(), part.aligned, tokens, offsets);
        } else {
          alignWordPieces(words, pieces, part.aligned, tokens, offsets);
        }
      }
    }
    start += length;
  }
  return { tokens, offsets };
}

/** Cuts out added tokens that are matched after normalisation. */
function splitAligned(normalized: AlignedText, parts: TokenizerParts): { text: string; aligned: AlignedText }[] {
  let at = 0;
  return parts.splitter_normalized
    .split(normalized.characters.join(""))
    .filter((text) => text.length > 0)
    .map((text) => {
      const end = at + [...text].length;
      const aligned = {
        characters: normalized.characters.slice(at, end),
        starts: normalized.starts.slice(at, end),
        ends: normalized.ends.slice(at, end),
      };
      at = end;
      return { text, aligned };
    });
}

/** Byte-level pieces have one character per byte; a piece that holds part of a character covers all of it. */
function alignBytes(
  pieces: string[],
  { characters, starts, ends }: AlignedText,
  tokens: string[],
  offsets: Offset[],
): void {
  const characterOfByte: number[] = [];
  for (const [i, character] of characters.entries()) {
    for (let byte = Buffer.byteLength(character); byte > 0; byte--) characterOfByte.push(i);
  }
  // A prefix space that the pre-tokenizer added belongs to no character of the text.
  let at = characterOfByte.length - pieces.reduce((sum, piece) => sum + piece.length, 0);
  for (const piece of pieces) {
    const first = characterOfByte[Math.max(at, 0)]!;
    const last = characterOfByte[at + piece.length - 1] ?? first;
    tokens.push(piece);
    offsets.push([starts[first]!, ends[last]!]);
    at += piece.length;
  }
}

/** WordPiece: the pieces of a word follow each other without gaps; an unknown word is one piece. */
function alignWordPieces(
  words: string[],
  pieces: string[][],
  { characters, starts, ends }: AlignedText,
  tokens: string[],
  offsets: Offset[],
): void {
  let at = 0;
  for (const [w, word] of words.entries()) {
    const letters = [...word];
    while (at < characters.length && characters[at] !== letters[0]) at++; // spaces between words
    if (pieces[w]!.length === 1) {
      tokens.push(pieces[w]![0]!);
      offsets.push([starts[at]!, ends[at + letters.length - 1]!]);
      at += letters.length;
      continue;
    }
    for (const [i, piece] of pieces[w]!.entries()) {
      const length = [...piece].length - (i > 0 ? "##".length : 0);
      tokens.push(piece);
      offsets.push([starts[at]!, ends[at + length - 1]!]);
      at += length;
    }
  }
}
