import { hanShare, searchTerms } from "../search/words.ts";
import { countWords } from "./count-words.ts";
import { lexRank, similarity, termVectors } from "./lex-rank.ts";
import type { Paper, PaperSentence } from "./paper.ts";
import type { SectionRole } from "./section-role.ts";

/** How much a sentence of each part of a paper counts: what was done and found, more than how others did it. */
const roleWeights: Partial<Record<SectionRole, number>> = {
  abstract: 1.4,
  introduction: 1.2,
  conclusion: 1.4,
  results: 1.05,
  discussion: 1.05,
  methods: 0.95,
  related: 0.5,
  other: 0.9,
};
/** A further sentence from a part that is represented already counts this share. */
const sameRoleShare = 0.85;
/** Relevance against novelty in maximal marginal relevance (Carbonell and Goldstein 1998). */
const relevanceShare = 0.7;
/** Wording by which papers announce what they did and found. */
const announces =
  /\b(?:we (?:propose|present|introduce|show|find|found|demonstrate|describe|develop|conclude)|in this (?:paper|work|study)|our (?:results|method|approach|experiments|findings)|results (?:show|indicate|suggest)|outperforms?)\b|本文|我们(?:提出|发现|证明|认为)|结果(?:表明|显示)|研究(?:表明|发现)/i;
const announcesWeight = 1.25;
const openingWeight = 1.1;
/** The graph is quadratic in this. */
const maxSentences = 3000;

/**
 * The paper's own sentences that say most: central in the graph of similarities, weighted by section, redundancy
 * removed, about `words` words, in document order.
 */
export function extractSummary(
  paper: Paper,
  { words, script }: { words: number; script: "han" | "other" },
): PaperSentence[] {
  const all = paper.sections.flatMap(({ paragraphs }) => paragraphs.flat()).filter(isProse);
  const own = all.filter(({ text }) => hanShare(text) > 0.4 === (script === "han"));
  const sentences = (own.length > 0 ? own : all).slice(0, maxSentences);
  const vectors = termVectors(sentences.map(({ text }) => searchTerms(text)));
  const central = lexRank(vectors);
  const relevance = sentences.map(
    ({ text, role, opens }, i) =>
      central[i]! *
      (roleWeights[role] ?? 1) *
      (announces.test(text) ? announcesWeight : 1) *
      (opens ? openingWeight : 1),
  );
  const chosen: number[] = [];
  const rolesSeen = new Map<SectionRole, number>();
  const lengths = sentences.map(({ text }) => countWords(text));
  let used = 0;
  while (used < words * 0.9) {
    let best = -1;
    let bestScore = -Infinity;
    for (let i = 0; i < sentences.length; i++) {
      if (chosen.includes(i) || (used + lengths[i]! > words * 1.15 && (used > 0 || lengths[i]! > words * 2))) continue;
      const known = Math.max(0, ...chosen.map((j) => similarity(vectors[i]!, vectors[j]!)));
      const fresh = relevance[i]! * sameRoleShare ** (rolesSeen.get(sentences[i]!.role) ?? 0);
      const score = relevanceShare * fresh - (1 - relevanceShare) * known;
      if (score > bestScore) [best, bestScore] = [i, score];
    }
    if (best < 0) break;
    chosen.push(best);
    used += lengths[best]!;
    const { role } = sentences[best]!;
    rolesSeen.set(role, (rolesSeen.get(role) ?? 0) + 1);
  }
  return chosen.sort((a, b) => a - b).map((i) => sentences[i]!);
}

/** A whole sentence of running text, not a formula, a list of names or a fragment. */
function isProse({ text }: PaperSentence): boolean {
  const length = countWords(text);
  const letters = (text.match(/\p{L}/gu)?.length ?? 0) / text.replace(/\s/g, "").length;
  const whole = /[.!?。！？]["”’）)\]]*\d{0,2}$/u.test(text) && /^["“‘(（]?[\p{Lu}\p{Lo}\d]/u.test(text);
  return (
    whole &&
    length >= 6 &&
    length <= 70 &&
    letters > 0.7 &&
    !/@|https?:|©|\bcopyright\b|^(?:fig|table|图|表)[\s.\d]/i.test(text)
  );
}
