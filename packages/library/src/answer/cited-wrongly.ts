import { searchTerms } from "@loam/search";
import type { Evidence, Passage } from "./evidence.ts";
import type { UnsupportedCitation } from "./facts/unsupported.ts";

/** Words between quotation marks of any kind; not between single ones, which are apostrophes, too. */
const quoted = /["“„«「『]([^"“”„«»「」『』]{4,400})["”“»」』]/gu;

const plain = (text: string) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** Words that a sentence quotes and that stand in none of its passages; names and single words may be set in quotes. */
export function inventedQuote(sentence: string, passages: readonly Passage[]): UnsupportedCitation | undefined {
  const there = passages.map(({ text, context, header = "" }) => plain([context, header, text].join(" ")));
  for (const [, quote] of sentence.matchAll(quoted)) {
    const own = plain(quote!);
    const isQuote = /\p{Script=Han}/u.test(own) ? own.length >= 6 : own.split(" ").length >= 3;
    if (isQuote && !there.some((text) => text.includes(own))) return { kind: "quote", quote: quote! };
  }
  return undefined;
}

/** The document that a sentence names while it cites others only. */
export function otherDocument(
  sentence: string,
  cited: readonly Evidence[],
  evidence: readonly Evidence[],
): UnsupportedCitation | undefined {
  const names = [...new Set(evidence.flatMap(({ name }) => name ?? []))].filter((name) => sentence.includes(name));
  if (names.length === 0 || cited.some(({ name }) => name !== undefined && names.includes(name))) return undefined;
  return { kind: "document", name: names[0]! };
}

/** Why a sentence is left without a citation; undefined for one that claims nothing ("Here is what I found:"). */
export function withoutEvidence(
  sentence: string,
  numbers: readonly number[],
  evidence: readonly Evidence[],
): UnsupportedCitation | undefined {
  if (numbers.length === 0)
    return searchTerms(sentence).length >= 2 && !/[:：?？]$/u.test(sentence.trim()) ? { kind: "uncited" } : undefined;
  const invented = numbers.find((number) => evidence[number - 1] === undefined);
  return invented !== undefined ? { kind: "citation", number: invented } : { kind: "evidence", number: numbers[0]! };
}
