import type { Embedder } from "@loam/models";
import { isNamed, namedFigures } from "../search/named-figures.ts";
import { vectorWeight } from "../search/vector-weight.ts";
import { searchTerms } from "../search/words.ts";
import type { Evidence, Passage } from "./evidence.ts";
import { expectedAnswer } from "./expected-answer.ts";

/** How the parts of a passage's score weigh; chosen on `bench/answers.bench.ts`. */
export const extractiveWeights = {
  /** Share of the question's terms in the passage, by idf. */
  coverage: 1,
  /** The same for terms that stand only in its headings, caption or header. */
  context: 0.6,
  /** … or elsewhere in its chunk. */
  chunk: 0.25,
  /** Cosine of question and passage. */
  similarity: 0.5,
  /** How high the search ranked the chunk: 1 for the best, falling with the rank. */
  rank: 0.25,
  /** The passage has what the question asks for: a number, a date. */
  expected: 0.15,
  /** The passage belongs to a figure that the question names. */
  named: 0.5,
};

/** Below this the documents are said not to answer. */
export const answerThreshold = 0.55;
/** Further passages are given while they score at least this share of the best. */
const furtherShare = 0.92;
const maxSentences = 3;

export interface ScoredPassage {
  passage: Passage;
  document: string;
  score: number;
  /** Share of the question's terms, by idf, in the passage and its context, in [0, 1]. */
  coverage: number;
}

/**
 * Answers with the documents' own sentences, table rows and figure lines: the best supported one and up to two more
 * that do nearly as well, best first. Empty when nothing in the evidence answers.
 */
export async function extractAnswer(
  question: string,
  evidence: readonly Evidence[],
  options: { embedder: Embedder; idf: (term: string) => number; signal?: AbortSignal },
): Promise<ScoredPassage[]> {
  const scored = await scorePassages(question, evidence, options);
  const best = scored[0];
  if (!best || best.coverage < answerThreshold) return [];
  const chosen = [best];
  for (const candidate of scored.slice(1)) {
    if (chosen.length === maxSentences || candidate.score < best.score * furtherShare) break;
    if (candidate.coverage >= answerThreshold && !chosen.some((c) => alike(c.passage.text, candidate.passage.text))) {
      chosen.push(candidate);
    }
  }
  return chosen;
}

/** Every passage of the evidence with its score, best first. */
export async function scorePassages(
  question: string,
  evidence: readonly Evidence[],
  { embedder, idf, signal }: { embedder: Embedder; idf: (term: string) => number; signal?: AbortSignal },
): Promise<ScoredPassage[]> {
  const w = extractiveWeights;
  const names = namedFigures(question);
  const terms = questionTerms(question);
  const total = [...terms].reduce((sum, term) => sum + idf(term), 0) || 1;
  const share = (found: ReadonlySet<string>, except?: ReadonlySet<string>) => {
    let sum = 0;
    for (const term of terms) if (found.has(term) && !except?.has(term)) sum += idf(term);
    return sum / total;
  };
  const expects = expectedAnswer(question);
  const candidates = evidence.flatMap(({ hit, passages }, rank) =>
    passages
      .filter(({ text }) => isQuotable(text, terms))
      .map((passage) => {
        const own = new Set(searchTerms(passage.text));
        const around = new Set(searchTerms(passage.context));
        const near = new Set([...own, ...around]);
        const inContext = share(around, own);
        const inChunk = share(new Set(searchTerms(hit.chunk.text)), near);
        const isNamedFigure =
          hit.chunk.figure !== undefined &&
          names.some((name) => isNamed(passage.context, name) || isNamed(passage.text, name));
        const score =
          w.coverage * share(own) +
          w.context * inContext +
          w.chunk * inChunk +
          w.rank / (1 + rank / 3) +
          (expects?.(passage.text) ? w.expected : 0) +
          (isNamedFigure ? w.named : 0);
        return { passage, document: hit.document, score, coverage: share(own) + inContext + inChunk };
      }),
  );
  const weight = w.similarity * vectorWeight(question, embedder);
  if (weight > 0 && candidates.length > 0) {
    // The rest is too far behind for the similarity to bring it to the front.
    candidates.sort((a, b) => b.score - a.score);
    const close = candidates.slice(0, 48);
    const vectors = await embedder.embed([question, ...close.map(({ passage }) => passage.text)], { signal });
    close.forEach((candidate, i) => {
      candidate.score += weight * dot(vectors[0]!, vectors[i + 1]!);
    });
  }
  return candidates.sort((a, b) => b.score - a.score);
}

/** The terms that an answer should share; what only names a figure ("Figure 3") is judged apart. */
function questionTerms(question: string): Set<string> {
  const terms = new Set(searchTerms(question));
  const cues = new Set(searchTerms("many much 多少 几 figure fig table chart show 图 表 所示 图中 表中 显示"));
  for (const { number } of namedFigures(question)) cues.add(number);
  const kept = [...terms].filter((term) => !cues.has(term));
  return new Set(kept.length > 0 ? kept : terms);
}

/** Fragments (an axis label, a page number) say nothing by themselves, unless they hold what is asked about. */
function isQuotable(text: string, terms: ReadonlySet<string>): boolean {
  const own = searchTerms(text);
  return own.length >= 3 || own.some((term) => terms.has(term));
}

/** Whether two passages share most of their terms. */
function alike(a: string, b: string): boolean {
  const [left, right] = [new Set(searchTerms(a)), new Set(searchTerms(b))];
  const common = [...left].filter((term) => right.has(term)).length;
  return common > 0.6 * Math.min(left.size, right.size);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
