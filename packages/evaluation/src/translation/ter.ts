import { splitWords, trimEnd } from "../text/python-whitespace.ts";
import { checkPairing } from "./bleu.ts";
import { separatePunctuation, unescapeXml } from "./tokenizers.ts";
import { translationEdits } from "./translation-edits.ts";

export interface TerOptions {
  /** Tokenize as Tercom's normaliser does. */
  normalized?: boolean;
  noPunct?: boolean;
  /** Split Chinese and Japanese characters; takes effect with `normalized` or `noPunct`. */
  asianSupport?: boolean;
  caseSensitive?: boolean;
}

export interface TerScore {
  /** Percent, from 0, lower is better; can exceed 100. */
  score: number;
  edits: number;
  /** Mean reference length, summed over sentences. */
  referenceLength: number;
}

/** Translation edit rate of one sentence (Snover et al. 2006): insertions, deletions, substitutions and shifts of phrases. */
export function sentenceTer(hypothesis: string, references: readonly string[], options: TerOptions = {}): TerScore {
  return corpusTer([hypothesis], [references], options);
}

/** Translation edit rate of a corpus: fewest edits over the references, by their mean length. Equal to sacrebleu's. */
export function corpusTer(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: TerOptions = {},
): TerScore {
  checkPairing(hypotheses, references);
  let edits = 0;
  let referenceLength = 0;
  hypotheses.forEach((hypothesis, i) => {
    const words = splitWords(normalise(hypothesis, options));
    const others = references[i]!.map((reference) => splitWords(normalise(reference, options)));
    edits += Math.min(...others.map((other) => translationEdits(words, other)));
    referenceLength += others.reduce((total, other) => total + other.length, 0) / others.length;
  });
  const rate = referenceLength > 0 ? edits / referenceLength : edits > 0 ? 1 : 0;
  return { score: 100 * rate, edits, referenceLength };
}

const asianPunctuation = /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb]/g;
const fullWidthPunctuation = /[\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g;

/** Tercom's normaliser. */
function normalise(
  text: string,
  { normalized = false, noPunct = false, asianSupport = false, caseSensitive = false }: TerOptions,
): string {
  let line = trimEnd(text);
  if (!caseSensitive) line = line.toLowerCase();
  if (normalized) {
    line = ` ${unescapeXml(line.replaceAll("\n-", "").replaceAll("\n", " "))} `;
    line = separateWestern(line);
    if (asianSupport) line = separateAsian(line);
    line = splitWords(line).join(" ");
  }
  if (noPunct) {
    line = line.replace(/[.,?:;!"()]/g, "");
    if (asianSupport) line = line.replace(asianPunctuation, "").replace(fullWidthPunctuation, "");
  }
  return line;
}

/** Like mteval's, and "'s" is a word of its own. */
function separateWestern(line: string): string {
  const possessive = line
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replaceAll("'s ", " 's ")
    .replace(/'s$/, " 's");
  return separatePunctuation(possessive);
}

function separateAsian(line: string): string {
  return line
    .replace(/[\u4e00-\u9fff\u3400-\u4dbf]/g, " $& ")
    .replace(/[\u31c0-\u31ef\u2e80-\u2eff]/g, " $& ")
    .replace(/[\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f]/g, " $& ")
    .replace(/[\u3200-\u3f22]/g, " $& ")
    .replace(asianPunctuation, " $& ")
    .replace(fullWidthPunctuation, " $& ");
}
