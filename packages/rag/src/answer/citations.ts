import type { AnswerSentence, Citation } from "../library/types.ts";
import { hanShare, searchTerms } from "../search/words.ts";
import { splitSentences } from "../text/sentences.ts";
import { citationsOf, type Evidence, type Passage } from "./evidence.ts";

const marker = /\s*(?:\[|【)(\d+(?:\s*[,，、]\s*\d+)*)(?:\]|】)/g;
/** A passage bears a sentence out when it holds this share of the sentence's terms. */
const supportShare = 0.3;

/**
 * Cuts generated text into sentences with the evidence numbers each cites. Numbers behind the full stop belong to the
 * sentence before it.
 */
export function citedSentences(text: string): { text: string; numbers: number[] }[] {
  const moved = text.replace(/([.!?。！？]+)((?:\s*(?:\[|【)\d+(?:\s*[,，、]\s*\d+)*(?:\]|】))+)/g, "$2$1");
  return splitSentences(moved)
    .map((sentence) => ({
      text: withoutMarkers(sentence).trim(),
      numbers: [...sentence.matchAll(marker)].flatMap(([, list]) => list!.split(/[,，、]/).map(Number)),
    }))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence.text));
}

/** The text without its evidence numbers. */
export function withoutMarkers(text: string): string {
  return text.replace(marker, "");
}

/**
 * Turns evidence numbers into places. A number without evidence, or whose evidence shares next to nothing with the
 * sentence, is removed and counted.
 */
export function groundSentence(
  { text, numbers }: { text: string; numbers: readonly number[] },
  evidence: readonly Evidence[],
): { sentence: AnswerSentence; removed: number } {
  const citations: Citation[] = [];
  let removed = 0;
  for (const number of new Set(numbers)) {
    const cited = evidence[number - 1];
    const passage = cited && bestSupport(text, cited.passages);
    if (passage) citations.push(...citationsOf(cited.hit.document, passage));
    else removed++;
  }
  return { sentence: { text, citations: unique(citations) }, removed };
}

/** The passage that bears the sentence out best; undefined when none does. */
function bestSupport(sentence: string, passages: readonly Passage[]): Passage | undefined {
  const terms = new Set(searchTerms(sentence));
  let best: { passage: Passage; share: number } | undefined;
  let sameScript = true;
  for (const passage of passages) {
    const own = new Set(searchTerms(`${passage.context}\n${passage.text}`));
    const exact = new Set(searchTerms(passage.text));
    let found = 0;
    for (const term of terms) found += exact.has(term) ? 1 : own.has(term) ? 0.5 : 0;
    const share = found / Math.max(1, terms.size);
    if (!best || share > best.share) best = { passage, share };
    sameScript &&= Math.abs(hanShare(sentence) - hanShare(passage.text)) < 0.5;
  }
  // A Chinese answer from English evidence shares only numbers and names with it.
  return best && (best.share >= supportShare || !sameScript) ? best.passage : undefined;
}

function unique(citations: readonly Citation[]): Citation[] {
  const seen = new Set<string>();
  return citations.filter(({ document, page, box, quote }) => {
    const key = JSON.stringify([document, page, box, quote]);
    return !seen.has(key) && seen.add(key);
  });
}
