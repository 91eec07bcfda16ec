import { InputError } from "@loam/core";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";

/** More tokens than the model can read. */
export class ContextLengthError extends InputError {
  /** @param options.counted whether `promptTokens` is all, or counting stopped there. */
  constructor({
    parameter,
    contextLength,
    promptTokens,
    counted = true,
  }: { parameter: string; contextLength: number; promptTokens: number; counted?: boolean }) {
    super(
      "context_length_exceeded",
      `This model's maximum context length is ${contextLength} tokens, but the ${parameter} came to ` +
        `${counted ? "" : "more than "}${promptTokens} tokens.`,
      {
        details: { name: parameter, contextLength, promptTokens, completionTokens: 0 },
        hint: `shorten the ${parameter} by ${counted ? "" : "more than "}${promptTokens - contextLength} tokens`,
      },
    );
  }
}

const pieceCharacters = 8192;

/**
 * Ids of a text, which may be long: it is read in pieces between which other work goes on, and no further than needed to
 * know that it is too long.
 *
 * @throws {ContextLengthError} when there are more than `limit`.
 */
export async function encodeWithin(
  tokenizer: Tokenizer,
  text: string,
  { limit, parameter, addSpecialTokens }: { limit: number; parameter: string; addSpecialTokens: boolean },
): Promise<number[]> {
  const refuse = (promptTokens: number, counted: boolean) =>
    new ContextLengthError({ parameter, contextLength: limit, promptTokens, counted });
  let ids: number[] = [];
  if (text.length > 2 * pieceCharacters) {
    for (const piece of pieces(text)) {
      for (const id of tokenizer.encode(piece, { addSpecialTokens: false }).ids) ids.push(id);
      if (ids.length > limit) throw refuse(ids.length, false);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Byte-level tokenizers never join a letter, a space and a letter; others add a mark in front of each piece.
    if (tokenizer.pieces === "bytes" && !addSpecialTokens) return ids;
  }
  ids = tokenizer.encode(text, { addSpecialTokens }).ids;
  if (ids.length > limit) throw refuse(ids.length, true);
  return ids;
}

/** Cuts a text in front of spaces between letters, where no token goes across. */
function* pieces(text: string): Generator<string> {
  const cut = /(?<=\p{L}) (?=\p{L})/gu;
  let from = 0;
  while (from < text.length) {
    cut.lastIndex = from + pieceCharacters;
    const found = cut.lastIndex < text.length ? cut.exec(text) : null;
    const to = found?.index ?? text.length;
    // A text without such a place is cut anywhere: it is only counted then.
    yield text.slice(from, to);
    from = to;
  }
}
