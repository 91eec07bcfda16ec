import { MappedText } from "../text/mapped-text.ts";
import { splitWords, trimEnd } from "../text/python-whitespace.ts";
import type { TokenSpan } from "../text/tokenizers.ts";
import { type BleuTokenizer, bleuTokenizer } from "../translation/tokenizers.ts";

const entities = [
  ["&quot;", '"'],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
] as const;
/** What sacrebleu's tokenizers take out of a text. */
const takenOut = ["<skipped>", "-\n"];

/** BLEU's tokens with their places in the text: what was unescaped or taken out counts to the token around it. */
export function locateBleuTokens(text: string, tokenize: BleuTokenizer): TokenSpan[] {
  const tokens = splitWords(bleuTokenizer(tokenize)(trimEnd(text)));
  let at = 0;
  return tokens.map((token) => {
    let start = -1;
    for (const character of token) {
      let width = 0;
      while (width === 0 && at < text.length) {
        const out = tokenize === "13a" && takenOut.find((part) => text.startsWith(part, at));
        const entity =
          tokenize === "13a" && entities.find(([from, to]) => to === character && text.startsWith(from, at));
        if (entity) width = entity[0].length;
        else if (out) at += out.length;
        else if (text.startsWith(character, at)) width = character.length;
        else at++; // white space
      }
      if (start < 0) start = at;
      at += width;
    }
    return { token, start, end: at };
  });
}

/** The words TER counts: lower case, between white space. */
export function locateWords(text: string): TokenSpan[] {
  return wordsIn(MappedText.of(text).changed((part) => part.toLowerCase()));
}

/** The words SQuAD's F1 counts: lower case, without punctuation and articles. */
export function locateAnswerWords(text: string): TokenSpan[] {
  const bare = MappedText.of(text)
    .changed((part) => part.toLowerCase())
    .replaced(/[!-/:-@[-`{-~]/g);
  return wordsIn(bare.replaced(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, " "));
}

/** Characters (code points) that are no white space, as chrF counts them. */
export function locateCharacters(text: string): TokenSpan[] {
  const characters: TokenSpan[] = [];
  let at = 0;
  for (const word of splitWords(text)) {
    at = text.indexOf(word, at);
    for (const token of word) {
      characters.push({ token, start: at, end: at + token.length });
      at += token.length;
    }
  }
  return characters;
}

/**
 * Places of an encoder's pieces. A piece that does not stand in the text as it is spelt (special tokens, bytes) gets an
 * empty place.
 */
export function locatePieces(text: string, pieces: readonly string[]): TokenSpan[] {
  const mapped = MappedText.of(text).changed((part) => part.normalize("NFKC").toLowerCase());
  let at = 0;
  return pieces.map((token) => {
    const spelt = token.replace(/^(▁|Ġ|##)/, "").toLowerCase();
    const found = spelt === "" ? -1 : mapped.text.indexOf(spelt, at);
    // Farther on stands another one like it, not this one.
    const near = found >= 0 && mapped.text.slice(at, found).trim().length <= 2;
    if (!near) {
      const here = at > 0 ? mapped.spanOf(at - 1, at).end : 0;
      return { token, start: here, end: here };
    }
    at = found + spelt.length;
    return { token, ...mapped.spanOf(found, at) };
  });
}

function wordsIn(mapped: MappedText): TokenSpan[] {
  let at = 0;
  return splitWords(mapped.text).map((token) => {
    at = mapped.text.indexOf(token, at);
    const span = mapped.spanOf(at, at + token.length);
    at += token.length;
    return { token, ...span };
  });
}
