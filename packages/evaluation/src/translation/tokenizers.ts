import { ArgumentError } from "@loam/core";
import { splitWords, trim } from "../text/python-whitespace.ts";

/** sacrebleu's tokenizers: `13a` is mteval-v13a's, `intl` mteval-v14's, `zh` splits Chinese characters, `char` every one. */
export type BleuTokenizer = "13a" | "intl" | "zh" | "char" | "none";

/** sacrebleu's names of SentencePiece models that it downloads. Their files do not come with Loam. */
const pieceModels = ["spm", "flores101", "flores200"];

const tokenizers: Record<BleuTokenizer, (line: string) => string> = {
  "13a": mteval13a,
  intl,
  zh,
  char,
  none: (line) => line,
};

/**
 * The tokenizer of that name: a line to the same line with single spaces between tokens.
 *
 * @throws {ArgumentError} for an unknown name.
 */
export function bleuTokenizer(name: BleuTokenizer): (line: string) => string {
  const tokenizer = tokenizers[name];
  if (!tokenizer && pieceModels.includes(name)) {
    throw new ArgumentError(
      "tokenize",
      name,
      `one of ${Object.keys(tokenizers).join(", ")}: the SentencePiece model of "${name}" is a file of its own that does not come with Loam`,
      'cut both sides into its pieces, joined by spaces, and take `tokenize: "none"`',
    );
  }
  if (!tokenizer) throw new ArgumentError("tokenize", name, `one of ${Object.keys(tokenizers).join(", ")}`);
  return tokenizer;
}

/** Undoes the four XML escapes of mteval. */
export function unescapeXml(line: string): string {
  return line.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
}

/** Separates punctuation; full stop, comma and dash by whether digits stand beside them. */
export function separatePunctuation(line: string): string {
  return line
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");
}

function mteval13a(line: string): string {
  const joined = line.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  return splitWords(separatePunctuation(` ${unescapeXml(joined)} `)).join(" ");
}

function intl(line: string): string {
  const separated = line
    .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
    .replace(/(\p{P})(\P{N})/gu, " $1 $2")
    .replace(/(\p{S})/gu, " $1 ");
  return splitWords(separated).join(" ");
}

/**
 * What sacrebleu's `zh` takes for a Chinese character. The reference means two supplementary planes but writes five-digit
 * escapes, which in effect select U+2001–U+2A6D (dashes and quotation marks among them); the same set is kept here.
 */
const chinese =
  /[\u3400-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\u2001-\u2a6d\uff00-\uffef\u2e80-\u2eff\u3000-\u303f\u31c0-\u31ef\u2f00-\u2fdf\u2ff0-\u2fff\u3100-\u312f\u31a0-\u31bf\ufe10-\ufe1f\ufe30-\ufe4f\u3200-\u33ff]/gu;

function zh(line: string): string {
  return splitWords(separatePunctuation(trim(line).replace(chinese, " $& "))).join(" ");
}

function char(line: string): string {
  return [...line].join(" ");
}
