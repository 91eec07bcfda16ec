import type { Passage } from "../evidence.ts";
import { monthsOf, monthsStated, nameWordsOf, openingDoer } from "./names.ts";
import { contradicts } from "./polarity.ts";
import { type Quantity, quantitiesOf, sameQuantity } from "./quantities.ts";

/** A fact of a sentence that its evidence does not hold. */
export type Unsupported =
  | { kind: "number"; value: number; unit?: string }
  | { kind: "month"; month: number }
  | { kind: "name"; name: string }
  | { kind: "denial" }
  | UnsupportedCitation;

/** What is wrong with the citations of a sentence. */
export type UnsupportedCitation =
  /** Words in quotation marks that stand in nothing it cites. */
  | { kind: "quote"; quote: string }
  /** It speaks of this document and cites only others. */
  | { kind: "document"; name: string }
  /** There is no evidence of this number. */
  | { kind: "citation"; number: number }
  /** The evidence of this number has next to nothing to do with it. */
  | { kind: "evidence"; number: number }
  /** It claims something and cites nothing. */
  | { kind: "uncited" };

/**
 * The first thing in a sentence that the passages it rests on do not say: a number with another value or unit, a month,
 * a name, a denial. What a word means is not looked at: this finds what was changed, not what was misread.
 *
 * @param passages the first bears the sentence out best; numbers and names may stand in any of them.
 * @param known text that may be taken for granted: the question, the document's name.
 */
export function unsupportedIn(sentence: string, passages: readonly Passage[], known = ""): Unsupported | undefined {
  const texts = passages.map(fullText);
  const all = `${texts.join("\n")}\n${known}`;
  const stated = quantitiesOf(all);
  const wrong = quantitiesOf(sentence).find((said) => !said.loose && !isStated(said, stated, all));
  if (wrong) return { kind: "number", value: wrong.value, ...(wrong.unit && { unit: wrong.unit }) };
  const monthsThere = monthsStated(all);
  const month = monthsOf(sentence).find((each) => !monthsThere.has(each));
  if (month !== undefined) return { kind: "month", month };
  const there = lowerWords(all);
  const name = nameWordsOf(sentence).find((word) => !there.has(word) && !word.split("-").every((w) => there.has(w)));
  // Names are not translated letter by letter: only one script can be compared.
  if (name !== undefined && /[a-z]/.test(all)) return { kind: "name", name };
  const doer = passages[0] && !sameScript(sentence, passages[0].text) ? openingDoer(sentence) : undefined;
  if (doer !== undefined && !there.has(doer) && /^\P{L}*\p{Lu}\p{Ll}{2,}/u.test(passages[0]!.text))
    return { kind: "name", name: doer };
  if (passages[0] && sameScript(sentence, passages[0].text) && contradicts(sentence, passages[0].text))
    return { kind: "denial" };
  return undefined;
}

function fullText({ text, context, header = "", label = "" }: Passage): string {
  return [label, context, header, text].join("\n");
}

function isStated(said: Quantity, stated: readonly Quantity[], all: string): boolean {
  if (stated.some((each) => sameQuantity(said, each))) return true;
  // "Figure 3", "GPT-4", "v2": digits inside a word that stands there as it is.
  return said.unit === undefined && new RegExp(String.raw`\p{L}[-.]?${said.value}(?![\d.])`, "u").test(all);
}

function lowerWords(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\d]+(?:['’.-][\p{L}\p{M}\d]+)*/gu) ?? [];
  return new Set(words.flatMap((word) => [word, word.replace(/['’]s$/, ""), ...word.split(/['’.-]/)]));
}

function sameScript(a: string, b: string): boolean {
  const han = (text: string) => /\p{Script=Han}/u.test(text);
  return han(a) === han(b);
}
