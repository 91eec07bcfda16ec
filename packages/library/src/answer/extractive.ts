import type { Embedder } from "@loam/models";
import { dot, holdsWord, questionWords, searchTerms, vectorWeight, wordBag } from "@loam/search";
import { isNamed, namedFigures } from "../search/named-figures.ts";
import { type AskedKey, askedKey, emptyCellAsked, missingIn } from "./asked-key.ts";
import { isGerman, saysWord, withoutGerman } from "./asked-words.ts";
import type { Evidence, Passage } from "./evidence.ts";
import { asksForPicture, asksHowMany, expectedAnswer, holdsDigits } from "./expected-answer.ts";
import { saidOtherwise } from "./said-otherwise.ts";
import { askedEnd, extremeRow } from "./superlative.ts";

/** How the parts of a passage's score weigh; chosen on the questions of `bench/answers.bench.ts`. */
const extractiveWeights = {
  /** Share of the question's words in the passage, by idf. */
  own: 1,
  /** The same for words that stand only in its headings or caption … */
  context: 0.65,
  /** … in the header of its table: row and column answer together … */
  header: 0.85,
  /** … or elsewhere in its chunk. */
  chunk: 0.25,
  /** Cosine of question and passage. */
  similarity: 0.5,
  /** How high the search ranked the chunk: 1 for the best, falling with the rank. */
  rank: 0.15,
  /** The passage has what the question asks for: a number, a date. */
  expected: 0.15,
  /** The passage belongs to a figure that the question names. */
  named: 0.5,
  /** A table row that shares words with the question by itself and others by its header: the very cell. */
  cell: 0.2,
  /** Share of the passage that the question asked by: of two that say it, the shorter. */
  density: 0.25,
  /** The passage stands in a list of references. */
  reference: -0.2,
  /** The question asks for a picture or chart, and this is one. */
  picture: 0.25,
  /** A fragment that shares no word with the question. */
  fragment: -0.2,
};

/** A word that stands nowhere in the library weighs this share of a rare one. */
const unknownWordShare = 0.7;
/**
 * Below this score the documents are said not to answer: of 100 questions that they answer all score more, of 53 that
 * they do not 50 score less.
 */
const answerThreshold = 0.7;
/** Further passages are given while they score at least this share of the best. */
const furtherShare = 0.9;
/** A row that holds an amount goes first while it scores this share of the best. */
const answeringShare = 0.75;
const maxSentences = 3;
/** Passages that are compared by embedding; the rest is too far behind. */
const comparedPassages = 32;

export interface ScoredPassage {
  passage: Passage;
  document: string;
  score: number;
}

export interface ExtractOptions {
  embedder: Embedder;
  /** How much a word tells; undefined for one that stands nowhere. */
  idf: (word: string) => { weight: number; known: boolean };
  /** The evidence is a page, and what it holds is asked: its beginning is the answer. */
  whole?: boolean;
  signal?: AbortSignal;
}

/** What answers best, or, with no passages chosen, what came nearest and what it lacks. */
export interface ExtractedAnswer {
  chosen: ScoredPassage[];
  nearest: ScoredPassage[];
  missing: string[];
}

/**
 * Answers with the documents' own sentences, table rows and figure lines: the best supported one and up to two more
 * that do nearly as well, best first. None are chosen when nothing in the evidence answers.
 */
export async function extractAnswer(
  question: string,
  evidence: readonly Evidence[],
  options: ExtractOptions,
): Promise<ExtractedAnswer> {
  if (options.whole) return { chosen: beginning(evidence), nearest: [], missing: [] };
  const key = askedKey(question);
  const around = new Map<string, string>();
  for (const { hit, name } of evidence)
    around.set(
      hit.document,
      `${around.get(hit.document) ?? name ?? ""}\n${hit.chunk.headings.join("\n")}\n${hit.chunk.text}`,
    );
  const scored = await scorePassages(question, evidence, options);
  const isSaid = await likeWords(key, scored, around, options);
  const at = (word: string) => question.toLowerCase().indexOf(word.toLowerCase());
  const missing = ({ passage, document }: ScoredPassage) =>
    missingIn(key, passage, { around: around.get(document)!, isSaid: (word) => isSaid.has(word) }).sort(
      (a, b) => at(a) - at(b),
    );
  const nearest = scored.slice(0, maxSentences);
  const complete = scored.filter((each) => each.score >= answerThreshold && missing(each).length === 0);
  const empty = emptyCell(question, complete);
  const about = empty ? complete.filter((each) => !empty.isBeside(each)) : complete;
  const end = askedEnd(question);
  const extreme = about[0] && end ? extremeRow(question, end, scored) : undefined;
  if (extreme) return { chosen: [extreme], nearest, missing: [] };
  const [best, ...others] = answeringFirst(question, about);
  if (!best)
    return {
      chosen: [],
      nearest,
      missing: empty ? [empty.cell] : nearest[0] ? leastMissing(nearest.map(missing)) : [],
    };
  const chosen = [best];
  for (const candidate of others) {
    if (chosen.length === maxSentences || candidate.score < best.score * furtherShare) break;
    if (candidate.score < answerThreshold) break;
    if (!chosen.some((c) => alike(c.passage.text, candidate.passage.text))) chosen.push(candidate);
  }
  return { chosen, nearest, missing: [] };
}

/** Of the passages that came nearest, what the one that has most of it still lacks. */
function leastMissing(lists: readonly string[][]): string[] {
  return lists.reduce((a, b) => (b.length < a.length ? b : a));
}

/** Words of the question that its documents do not hold as they are, and say by another word. */
async function likeWords(
  key: AskedKey,
  scored: readonly ScoredPassage[],
  around: ReadonlyMap<string, string>,
  options: ExtractOptions,
): Promise<ReadonlySet<string>> {
  const bags = [...around.values()].map(wordBag);
  const doubtful = key.words.filter((word) => !bags.every((bag) => saysWord(bag, word)));
  const texts = scored
    .slice(0, comparedPassages / 4)
    .map(({ passage }) => [passage.text, passage.header, passage.about, passage.context].join(" "));
  return saidOtherwise(doubtful, texts, options);
}

/** The empty cell that a question asks for, unless another row of that name has a value; and what stands beside it. */
function emptyCell(
  question: string,
  scored: readonly ScoredPassage[],
): { cell: string; isBeside: (other: ScoredPassage) => boolean } | undefined {
  for (const { passage, document } of scored) {
    const cell = emptyCellAsked(question, passage);
    if (cell === undefined) continue;
    const key = passage.text.split(" | ")[0];
    return {
      cell,
      isBeside: (other) =>
        other.document === document &&
        !(
          other.passage.header?.includes(" | ") &&
          other.passage.header !== passage.header &&
          other.passage.text.split(" | ")[0] === key
        ),
    };
  }
  return undefined;
}

/** Asked how many, a row with digits goes before a sentence without any that does only a little better. */
function answeringFirst(question: string, passages: readonly ScoredPassage[]): readonly ScoredPassage[] {
  const [best] = passages;
  if (!best || !asksHowMany(question) || holdsDigits(best.passage.text)) return passages;
  const answering = passages.find(
    ({ passage, score }) =>
      score >= best.score * answeringShare && passage.header?.includes(" | ") && holdsDigits(passage.text),
  );
  return answering ? [answering, ...passages.filter((other) => other !== answering)] : passages;
}

/** The first passages as they stand on the page, of one document. */
function beginning(evidence: readonly Evidence[]): ScoredPassage[] {
  const [first] = evidence;
  return evidence
    .filter(({ hit }) => hit.document === first!.hit.document)
    .flatMap(({ hit, passages }) => passages.map((passage) => ({ passage, document: hit.document, score: 1 })))
    .filter(({ passage }) => isQuotable(passage) && passage.places.length > 0)
    .sort((a, b) => a.passage.places[0]!.box[1] - b.passage.places[0]!.box[1])
    .filter(({ passage }, i, all) => all.findIndex((other) => other.passage.text === passage.text) === i)
    .slice(0, maxSentences);
}

/** Every passage of the evidence with its score, best first. */
async function scorePassages(
  question: string,
  evidence: readonly Evidence[],
  { embedder, idf, signal }: ExtractOptions,
): Promise<ScoredPassage[]> {
  const w = extractiveWeights;
  const names = namedFigures(question);
  const subjects = subjectWords(question);
  const words = [...(subjects.size > 0 ? subjects : wordsOf(question))].map((word) => {
    const { weight, known } = idf(word);
    return { word, weight: known ? weight : weight * unknownWordShare };
  });
  const total = words.reduce((sum, { weight }) => sum + weight, 0) || 1;
  const expects = expectedAnswer(question);
  const forPicture = asksForPicture(question);
  const asked = new Set(searchTerms(question));
  const candidates = evidence.flatMap(({ hit, passages }, rank) => {
    const chunkBag = wordBag(hit.chunk.text);
    return passages
      .filter((passage) => isQuotable(passage) && saysMore(passage, asked))
      .filter(({ labels, text }) => !labels || holdsAny(text, subjects))
      .map((passage) => {
        const ownBag = wordBag(passage.text);
        const contextBag = wordBag(passage.context);
        const headerBag = wordBag([passage.header, passage.about].filter(Boolean).join("\n"));
        let own = 0;
        let shared = 0;
        let byHeader = 0;
        let rest = 0;
        for (const { word, weight } of words) {
          const inOwn = holdsWord(ownBag, word);
          const around = Math.max(
            w.header * holdsWord(headerBag, word),
            w.context * holdsWord(contextBag, word),
            w.chunk * holdsWord(chunkBag, word),
          );
          own += (weight * inOwn) / total;
          shared += inOwn;
          byHeader += inOwn < 1 ? holdsWord(headerBag, word) : 0;
          rest += (weight * (1 - inOwn) * around) / total;
        }
        const named = hit.chunk.figure !== undefined && names.some((name) => isNamed(passage.label, name));
        const fragment = own === 0 && ownBag.terms.size < 3 && ownBag.folded.length < 12;
        const score =
          w.own * own +
          rest +
          w.rank / (1 + rank / 3) +
          (expects?.(passage.text) ? w.expected : 0) +
          (named ? w.named : 0) +
          (shared > 0 && byHeader > 0 ? w.cell : 0) +
          (w.density * shared) / Math.max(4, ownBag.terms.size) +
          (referenceHeading.test(passage.context) ? w.reference : 0) +
          (forPicture && passage.kind === "figure" ? w.picture : 0) +
          (fragment ? w.fragment : 0);
        return { passage, document: hit.document, score };
      });
  });
  candidates.sort((a, b) => b.score - a.score);
  const weight = w.similarity * vectorWeight(question, embedder);
  if (weight > 0 && candidates.length > 0) {
    const close = candidates.slice(0, comparedPassages);
    const vectors = await embedder.embed([question, ...close.map(({ passage }) => inWords(passage))], { signal });
    for (const [i, candidate] of close.entries()) candidate.score += weight * dot(vectors[0]!, vectors[i + 1]!);
    candidates.splice(comparedPassages);
  }
  return candidates.sort((a, b) => b.score - a.score);
}

const referenceHeading = /^(?:\d+[.\s]*)?(?:references|bibliography|参考文献)\s*$/im;

/** A row reads as its header names it; everything else as it stands. */
export function inWords({ text, header }: Passage): string {
  const [names, cells] = [header?.split(" | ") ?? [], text.split(" | ")];
  if (names.length !== cells.length) return text;
  return cells
    .map((cell, i) => (names[i]?.trim() && cell.trim() ? `${names[i]}: ${cell}` : cell))
    .filter((cell) => cell.trim())
    .join("; ");
}

/** Words that say what kind of thing is asked for, not what about; and what only names a figure. */
const cueWords = questionWords(
  "many much figure fig table chart graph photograph photo picture show shows value number which written 图 表 图表 图片 所示 图中 表中 显示 多少 几",
);

const wordsOf = (question: string) => questionWords(isGerman(question) ? withoutGerman(question) : question);

/** What is asked about; nothing for "What does Figure 3 show?". */
function subjectWords(question: string): Set<string> {
  const numbers = new Set(namedFigures(question).map(({ number }) => number));
  return new Set([...wordsOf(question)].filter((word) => !cueWords.has(word) && !numbers.has(word)));
}

function holdsAny(text: string, words: ReadonlySet<string>): boolean {
  const bag = wordBag(text);
  return [...words].some((word) => holdsWord(bag, word) > 0);
}

/** Lines of a table of contents name everything and say nothing. */
function isQuotable({ text }: Passage): boolean {
  return /[\p{L}\p{N}]/u.test(text) && !/(?:[.·⋅…‧]\s?){5,}/u.test(text);
}

/** A heading that only repeats the question is no answer to it. */
function saysMore({ heading, text }: Passage, asked: ReadonlySet<string>): boolean {
  if (!heading) return true;
  const said = searchTerms(text);
  const own = said.filter((term) => !asked.has(term));
  return /[:：–—]|\d/.test(text) && own.length >= 1 && own.length < said.length;
}

/** Whether two passages share most of their terms. */
function alike(a: string, b: string): boolean {
  const [left, right] = [new Set(searchTerms(a)), new Set(searchTerms(b))];
  const common = [...left].filter((term) => right.has(term)).length;
  return common > 0.6 * Math.min(left.size, right.size);
}
