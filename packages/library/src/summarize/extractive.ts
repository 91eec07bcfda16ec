import { hanShare, searchTerms } from "@loam/search";
import { countWords } from "./count-words.ts";
import { lexRank, similarity, type TermVector, termVectors } from "./lex-rank.ts";
import type { Paper, PaperSentence } from "./paper.ts";
import { partOf, statesMeasured } from "./parts.ts";
import type { SectionRole } from "./section-role.ts";
import { canBeQuoted, leansOnPrevious } from "./stands-alone.ts";

/** What sentences are chosen by. The numbers are measured against authors' abstracts: `bench/summaries.bench.ts`. */
export interface ExtractiveWeights {
  /** How much a sentence of each part of a paper counts: what was done and found, more than how others did it. */
  role: Partial<Record<SectionRole, number>>;
  /** A further sentence from a part that is represented already counts this share. */
  sameRole: number;
  /** Relevance against novelty in maximal marginal relevance (Carbonell and Goldstein 1998). */
  relevance: number;
  /** For wording by which papers announce what they did and found. */
  announces: number;
  /** For the first sentence of a section. */
  opens: number;
  /** A sentence of fewer words says less: (words / wholeLength) ** brevity. */
  brevity: number;
  /** For a number in results and conclusions. */
  quantity: number;
  /** For saying what was measured, wherever it stands. */
  measured: number;
  /** A sentence at the end of the document counts this share of one at its start, where sections tell nothing. */
  last: number;
}

const tunedWeights: ExtractiveWeights = {
  role: {
    abstract: 1.4,
    introduction: 1.2,
    conclusion: 1.7,
    results: 1.05,
    discussion: 1.05,
    methods: 0.85,
    related: 0.5,
    other: 0.9,
  },
  sameRole: 0.85,
  relevance: 0.7,
  announces: 1.25,
  opens: 1.1,
  brevity: 0.5,
  quantity: 1.25,
  measured: 1,
  last: 0.3,
};

const announcement =
  /\b(?:we (?:propose|present|introduce|show|find|found|demonstrate|describe|develop|conclude|report|achieve|explore|formulate)|(?:in )?this (?:paper|work|study|article)|our (?:results|method|approach|model|experiments|findings|technique|algorithm|system)|results (?:show|indicate|suggest|demonstrate)|outperforms?)\b|本文|本研究|我们(?:提出|发现|证明|认为|设计|比较)|结果(?:表明|显示)|研究(?:表明|发现)|实验(?:表明|证明)/i;
/** Chinese sentences about software are half Latin; English ones hold no Chinese. */
const hanSentence = 0.2;
const findings: ReadonlySet<SectionRole> = new Set(["results", "discussion", "conclusion"]);
/** A summary has this share of the words asked for, at least and at most. */
const [leastShare, mostShare] = [0.9, 1.1];
/** A measured number, not the year or number of a reference: "41.5%", "23 days", "30 dB". */
const quantity = /\d(?:[\d.,]*\s?%|\.\d|\s\p{L}{2,})|\d[天次倍厘毫米年%％]/u;
/** Words of a sentence that can say something whole. */
const wholeLength = 16;
/** The graph is quadratic in this. */
const maxSentences = 3000;
/** The sentence in the slot for a measured result takes at most this share of the words. */
const slotShare = 0.4;
/** Sentences so much alike say the same. */
const sameSaid = 0.6;

/**
 * The paper's own sentences that say most: central in the graph of similarities, weighted by section, redundancy
 * removed, about `words` words, in document order. A sentence that points back at the one before it is taken only after it.
 */
export function extractSummary(
  paper: Paper,
  { words, script, weights = tunedWeights }: { words: number; script: "han" | "other"; weights?: ExtractiveWeights },
): PaperSentence[] {
  const all = paper.sections.flatMap(({ paragraphs }) => paragraphs.flat());
  const own = all.filter(({ text }) => hanShare(text) > hanSentence === (script === "han"));
  const inScript = own.length > 0 ? own : all;
  const quotable = inScript.filter(canBeQuoted);
  const sentences = (quotable.length > 0 ? quotable : inScript).slice(0, maxSentences);
  const vectors = termVectors(sentences.map(({ text }) => searchTerms(text)));
  const relevance = relevanceOf(sentences, vectors, weights);
  // The index of the sentence that one leans on; -1 when that cannot be quoted either.
  const neededBy = neededSentences(sentences, all);
  const chosen = choose(sentences, vectors, { words, relevance, neededBy, weights });
  return chosen.map((i) => ({ ...sentences[i]!, text: withoutNoteMark(sentences[i]!.text) }));
}

function relevanceOf(
  sentences: readonly PaperSentence[],
  vectors: readonly TermVector[],
  weights: ExtractiveWeights,
): number[] {
  const central = lexRank(vectors);
  const isStructured = sentences.some(({ role }) => role === "introduction" || role === "conclusion");
  return sentences.map(
    ({ text, role, opens }, i) =>
      central[i]! *
      (weights.role[role] ?? 1) *
      (announcement.test(text) ? weights.announces : 1) *
      (opens ? weights.opens : 1) *
      Math.min(1, countWords(text) / wholeLength) ** weights.brevity *
      (findings.has(role) && quantity.test(text) ? weights.quantity : 1) *
      (statesMeasured({ text }) ? weights.measured : 1) *
      (isStructured ? 1 : 1 - ((1 - weights.last) * i) / sentences.length),
  );
}

/** For each sentence the index of the one it cannot be read without: undefined for none, -1 for one that is not there. */
function neededSentences(sentences: readonly PaperSentence[], all: readonly PaperSentence[]): (number | undefined)[] {
  const indexOf = new Map(sentences.map((sentence, i) => [sentence, i]));
  const previous = new Map(all.slice(1).map((sentence, i) => [sentence, all[i]!]));
  return sentences.map((sentence) =>
    leansOnPrevious(sentence) ? (indexOf.get(previous.get(sentence)!) ?? -1) : undefined,
  );
}

function choose(
  sentences: readonly PaperSentence[],
  vectors: readonly TermVector[],
  {
    words,
    relevance,
    neededBy,
    weights,
  }: {
    words: number;
    relevance: readonly number[];
    neededBy: readonly (number | undefined)[];
    weights: ExtractiveWeights;
  },
): number[] {
  const chosen = new Set<number>();
  const rolesSeen = new Map<SectionRole, number>();
  const lengths = sentences.map(({ text }) => countWords(text));
  const known = new Float64Array(sentences.length);
  let used = 0;
  const fits = (i: number): boolean =>
    used + lengths[i]! <= words * mostShare || (used === 0 && lengths[i]! <= words * 2);
  const take = (i: number): void => {
    chosen.add(i);
    used += lengths[i]!;
    const { role } = sentences[i]!;
    rolesSeen.set(role, (rolesSeen.get(role) ?? 0) + 1);
    for (let k = 0; k < sentences.length; k++) known[k] = Math.max(known[k]!, similarity(vectors[k]!, vectors[i]!));
  };
  const measured = bestMeasured(sentences, { relevance, neededBy, mostWords: words * slotShare });
  if (measured !== undefined) take(measured);
  while (used < words * leastShare) {
    let best = -1;
    let bestScore = -Infinity;
    for (let i = 0; i < sentences.length; i++) {
      if (chosen.has(i) || !fits(i) || known[i]! > sameSaid) continue;
      const needed = neededBy[i];
      if (needed !== undefined && !chosen.has(needed)) continue;
      const fresh = relevance[i]! * weights.sameRole ** (rolesSeen.get(sentences[i]!.role) ?? 0);
      const score = weights.relevance * fresh - (1 - weights.relevance) * known[i]!;
      if (score > bestScore) [best, bestScore] = [i, score];
    }
    if (best < 0) break;
    take(best);
  }
  if (used < words * leastShare) exchange(chosen, { lengths, relevance, neededBy, known, used, words, kept: measured });
  return [...chosen].sort((a, b) => a - b);
}

/** The slot for what was measured: the most relevant sentence that states it and can be read alone. */
function bestMeasured(
  sentences: readonly PaperSentence[],
  {
    relevance,
    neededBy,
    mostWords,
  }: { relevance: readonly number[]; neededBy: readonly (number | undefined)[]; mostWords: number },
): number | undefined {
  const stating = sentences.flatMap((sentence, i) =>
    partOf(sentence) === "result" &&
    statesMeasured(sentence) &&
    neededBy[i] === undefined &&
    countWords(sentence.text) <= mostWords
      ? [i]
      : [],
  );
  return stating.length === 0 ? undefined : stating.reduce((a, b) => (relevance[b]! > relevance[a]! ? b : a));
}

/** Nothing more fits, and it is too short: puts a longer sentence in the place of a shorter one where that makes up for it. */
function exchange(
  chosen: Set<number>,
  {
    lengths,
    relevance,
    neededBy,
    known,
    used,
    words,
    kept,
  }: {
    lengths: readonly number[];
    relevance: readonly number[];
    neededBy: readonly (number | undefined)[];
    known: Float64Array;
    used: number;
    words: number;
    kept: number | undefined;
  },
): void {
  const leaned = new Set([...chosen].map((i) => neededBy[i]));
  let best: { out: number; into: number; gain: number } | undefined;
  for (const out of chosen) {
    if (out === kept || leaned.has(out)) continue;
    for (let into = 0; into < lengths.length; into++) {
      const length = used - lengths[out]! + lengths[into]!;
      if (length < words * leastShare || length > words * mostShare) continue;
      const needed = neededBy[into];
      if (
        chosen.has(into) ||
        known[into]! > sameSaid ||
        (needed !== undefined && !chosen.has(needed)) ||
        needed === out
      )
        continue;
      const gain = relevance[into]! - relevance[out]!;
      if (!best || gain > best.gain) best = { out, into, gain };
    }
  }
  if (!best) return;
  chosen.delete(best.out);
  chosen.add(best.into);
}

/** "… of word order.1" without the number of its footnote. */
function withoutNoteMark(text: string): string {
  return text.replace(/(?<=\p{L}[)”’"]?[.。!！][)”’"]?)\d{1,2}$/u, "");
}
