import { UnsupportedError } from "@loam/core";
import type { NormalizerJson } from "./tokenizer.ts";

/** A text as code points, each with the range of code points of the original that it stands for. */
export interface AlignedText {
  characters: string[];
  starts: number[];
  ends: number[];
}

/** A text that stands for itself, its first code point being number `start` of the original. */
export function alignedText(text: string, start = 0): AlignedText {
  const characters = [...text];
  return {
    characters,
    starts: characters.map((_, i) => start + i),
    ends: characters.map((_, i) => start + i + 1),
  };
}

/**
 * What a `normalizer` of tokenizer.json makes of a text, without losing where it came from.
 *
 * @throws {UnsupportedError} for a normalizer whose offsets cannot be followed.
 */
export function normalizeAligned(text: AlignedText, normalizer: NormalizerJson | null): AlignedText {
  if (!normalizer) return text;
  switch (normalizer.type) {
    case "Sequence":
      return normalizer.normalizers!.reduce(normalizeAligned, text);
    case "NFC":
    case "NFKC":
      return composed(text, normalizer.type);
    case "NFD":
    case "NFKD":
      return mapped(text, (c) => c.normalize(normalizer.type as "NFD"));
    case "Lowercase":
      return mapped(text, (c) => c.toLowerCase());
    case "StripAccents":
      return mapped(text, (c) => (/\p{Mn}/u.test(c) ? "" : c));
    case "BertNormalizer":
      return bertNormalized(text, normalizer);
    default:
      throw new UnsupportedError(`Offsets through the normalizer ${normalizer.type} are not available.`, {
        hint: "use encode(), which needs no offsets",
      });
  }
}

/** Each code point becomes none, one or several, all standing for what it stood for. */
function mapped(text: AlignedText, map: (character: string) => string): AlignedText {
  const out: AlignedText = { characters: [], starts: [], ends: [] };
  for (const [i, character] of text.characters.entries()) {
    for (const c of map(character)) {
      out.characters.push(c);
      out.starts.push(text.starts[i]!);
      out.ends.push(text.ends[i]!);
    }
  }
  return out;
}

/** Marks and Hangul vowels and finals, which may join the character before them. */
const joinsBefore = /[\p{M}\u1160-\u11ff]/u;

/** Composition runs over a character and what may join it; what was absorbed belongs to no character, as in `tokenizers`. */
function composed(text: AlignedText, form: "NFC" | "NFKC"): AlignedText {
  const out: AlignedText = { characters: [], starts: [], ends: [] };
  for (let begin = 0; begin < text.characters.length; ) {
    let end = begin + 1;
    while (end < text.characters.length && joinsBefore.test(text.characters[end]!)) end++;
    const characters = [...text.characters.slice(begin, end).join("").normalize(form)];
    const absorbed = Math.max(end - begin - characters.length, 0);
    for (const [i, character] of characters.entries()) {
      const from = i === 0 ? begin : Math.min(begin + absorbed + i, end - 1);
      out.characters.push(character);
      out.starts.push(text.starts[from]!);
      out.ends.push(text.ends[from]!);
    }
    begin = end;
  }
  return out;
}

/** Control characters go, whitespace becomes a space, CJK characters stand alone; then accents and case as asked. */
function bertNormalized(text: AlignedText, options: NormalizerJson): AlignedText {
  let result = text;
  if (options.clean_text) {
    result = mapped(result, (c) => {
      // Other controls go even where they are white space: U+000B, U+000C, U+0085.
      if (/[\ufffd\p{C}]/u.test(c) && !/[\t\n\r]/.test(c)) return "";
      return /\p{White_Space}/u.test(c) ? " " : c;
    });
  }
  if (options.handle_chinese_chars) result = mapped(result, (c) => (isChinese(c.codePointAt(0)!) ? ` ${c} ` : c));
  if (options.strip_accents ?? options.lowercase) {
    result = mapped(
      mapped(result, (c) => c.normalize("NFD")),
      (c) => (/\p{Mn}/u.test(c) ? "" : c),
    );
  }
  return options.lowercase ? mapped(result, (c) => c.toLowerCase()) : result;
}

/** The CJK blocks of BERT's tokenizer: ideographs, but not kana or hangul. */
function isChinese(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}
