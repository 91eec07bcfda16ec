import { splitSentences } from "@loam/pdf";
import { hanShare, searchTerms } from "@loam/search";
import type { AnswerSentence, Citation } from "../library/types.ts";
import { inventedQuote, otherDocument, withoutEvidence } from "./cited-wrongly.ts";
import { citationsOf, type Evidence, type Passage } from "./evidence.ts";
import { unsupportedIn } from "./facts/unsupported.ts";

/** "[2]", "[1, 3]", "[1-3]", "[^1]", "【1】", "【1†source】". */
const markerSource = String.raw`(?:\[|【)\^?\d+(?:\s*[,，、–-]\s*\^?\d+)*(?:†[^\]】]*)?(?:\]|】)`;
const marker = new RegExp(String.raw`\s*${markerSource}`, "g");
/** A passage bears a sentence out when it holds this share of the sentence's terms. */
const supportShare = 0.3;

/**
 * Cuts generated text into sentences with the evidence numbers each cites. Numbers behind the full stop belong to the
 * sentence before it.
 */
export function citedSentences(text: string): { text: string; numbers: number[] }[] {
  const moved = text.replace(new RegExp(String.raw`([.!?。！？]+)((?:\s*${markerSource})+)`, "g"), "$2$1");
  return splitSentences(moved)
    .map((sentence) => ({
      text: withoutMarkers(sentence).trim(),
      numbers: [...sentence.matchAll(marker)].flatMap(([found]) => numbersIn(found)),
    }))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence.text));
}

/** The numbers of a marker; a range names all in it. */
function numbersIn(found: string): number[] {
  return found
    .replace(/†.*$/, "")
    .split(/[,，、]/)
    .flatMap((part) => {
      const [first, last = first] = (part.match(/\d+/g) ?? []).map(Number);
      if (first === undefined) return [];
      return Array.from({ length: Math.min(Math.max(last! - first, 0), 20) + 1 }, (_, i) => first + i);
    });
}

/** The text without its evidence numbers. */
export function withoutMarkers(text: string): string {
  return text.replace(marker, "");
}

/**
 * Turns evidence numbers into places. A number is removed and counted when there is no such evidence, when that shares
 * next to nothing with the sentence, or when something in the sentence (a number, a date, a name, a denial) stands in
 * none of what it cites.
 *
 * @param known may be taken for granted: the question.
 */
export function groundSentence(
  { text, numbers }: { text: string; numbers: readonly number[] },
  evidence: readonly Evidence[],
  known = "",
): { sentence: AnswerSentence; removed: number } {
  const cited = [...new Set(numbers)].map((number) => ({ number, evidence: evidence[number - 1] }));
  const found = cited.flatMap(({ evidence }) => (evidence ? supports(text, evidence) : []));
  found.sort((a, b) => b.share - a.share);
  const problem = found.length > 0 ? unsupportedBy(text, found, { known, evidence }) : undefined;
  const kept = problem ? [] : cited.flatMap(({ evidence }) => found.find((each) => each.evidence === evidence) ?? []);
  const citations = kept.flatMap(({ evidence, passage }) => citationsOf(evidence.hit.document, passage));
  const unsupported = problem ?? (kept.length === 0 ? withoutEvidence(text, numbers, evidence) : undefined);
  return {
    sentence: { text, citations: unique(citations), ...(unsupported && { unsupported }) },
    removed: cited.length - kept.length,
  };
}

/** A passage of cited evidence that a sentence may rest on. */
interface Support {
  evidence: Evidence;
  passage: Passage;
  /** Of the sentence's terms. */
  share: number;
}

/** Passages of other evidence that complete a sentence ("38 metres high and finished in 1874"). */
const completing = 3;

/**
 * What the sentence says and its passages do not. The best passage alone is asked first; what it lacks may stand in
 * the next best, if those have something to do with the sentence.
 */
function unsupportedBy(
  text: string,
  found: readonly Support[],
  { known, evidence }: { known: string; evidence: readonly Evidence[] },
) {
  const passages = found.slice(0, completing).map(({ passage }) => passage);
  const cited = found.map((each) => each.evidence);
  return (
    (unsupportedIn(text, passages.slice(0, 1), known) && unsupportedIn(text, passages, known)) ??
    inventedQuote(
      text,
      cited.flatMap((each) => each.passages),
    ) ??
    otherDocument(text, cited, evidence)
  );
}

/** The passages that bear the sentence out, in part at least. */
function supports(sentence: string, evidence: Evidence): Support[] {
  const terms = new Set(searchTerms(sentence));
  const rated = evidence.passages.map((passage) => {
    const own = new Set(searchTerms(`${passage.context}\n${passage.text}`));
    const exact = new Set(searchTerms(passage.text));
    let hits = 0;
    for (const term of terms) hits += exact.has(term) ? 1 : own.has(term) ? 0.5 : 0;
    return { evidence, passage, share: hits / Math.max(1, terms.size) };
  });
  const sameScript = evidence.passages.every((passage) => Math.abs(hanShare(sentence) - hanShare(passage.text)) < 0.5);
  // A Chinese answer from English evidence shares only numbers and names with it.
  return rated.filter(({ share }) => share >= supportShare || !sameScript);
}

function unique(citations: readonly Citation[]): Citation[] {
  const seen = new Set<string>();
  return citations.filter(({ document, page, box, quote }) => {
    const key = JSON.stringify([document, page, box, quote]);
    return !seen.has(key) && seen.add(key);
  });
}
