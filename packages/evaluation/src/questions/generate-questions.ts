import type { LanguageModelV4 } from "@ai-sdk/provider";
import {
  ArgumentError,
  InputError,
  NotFoundError,
  type OnProgress,
  ProgressMeter,
  Rng,
  throwIfCancelled,
} from "@loam/core";
import type { TokenUsage } from "@loam/observe";
import { mapConcurrently } from "../concurrency/map-concurrently.ts";
import { addUsage } from "../judges/ask-judge.ts";
import { hashOf } from "../runs/dataset.ts";
import { extractiveQuestions, type QuestionDraft } from "./extractive-questions.ts";
import { writeQuestion } from "./model-questions.ts";
import type { QuestionChunk, QuestionDocument, QuestionLibrary, QuestionRow } from "./question-library.ts";

export interface GenerateQuestionsOptions {
  /** Questions wanted; there may be fewer. */
  count: number;
  seed?: number;
  /** Ids of the documents; left out, all that are ready. */
  documents?: readonly string[];
  /** Writes and checks the questions. Without one they are made by rules, and `generator` says so in every row. */
  chat?: LanguageModelV4;
  /** How often an answer that breaks the schema is asked for again. */
  retries?: number;
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

export interface GeneratedQuestions {
  questions: QuestionRow[];
  /** Passages that questions were asked for. */
  tried: number;
  /** Questions that did not pass, by reason. */
  rejected: Record<string, number>;
  /** Passages on which the model failed, by reason. */
  failed: Record<string, number>;
  usage: TokenUsage;
}

interface Source {
  document: QuestionDocument;
  chunk: QuestionChunk;
}

/** Passages tried for a question that is wanted, at most. */
const triesPerQuestion = 3;
/** Passages shorter than this hold no fact to ask for. */
const shortestChars = 40;

/**
 * Questions about the documents of a library, each with its answer and the page and box that hold it. The same library,
 * seed and model give the same passages in the same order.
 *
 * @throws {ArgumentError} unless count is a whole number from 1 to 100,000.
 */
export async function generateQuestions(
  library: QuestionLibrary,
  options: GenerateQuestionsOptions,
): Promise<GeneratedQuestions> {
  const { count, seed = 42, chat, signal, onProgress } = options;
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new ArgumentError("count", count, "a whole number from 1 to 100000");
  const rng = new Rng(seed);
  const documents = shuffled(await chooseDocuments(library, options.documents), rng);
  const chunks = await readChunks(library, documents, { enough: Math.max(200, count * 10), signal });
  const meter = new ProgressMeter(onProgress, {
    task: "questions",
    label: "Writing questions",
    unit: "question",
    total: count,
  });
  return chat
    ? writeAll(chat, inTurn(chunks, rng), options, meter)
    : makeAll(chunks, documents, { ...options, rng }, meter);
}

async function chooseDocuments(
  library: QuestionLibrary,
  asked: readonly string[] | undefined,
): Promise<QuestionDocument[]> {
  const all = (await library.documents()).sort((a, b) => (a.contentHash < b.contentHash ? -1 : 1));
  const unknown = asked?.find((id) => !all.some((document) => document.id === id));
  if (unknown !== undefined) throw new NotFoundError("document", unknown, { known: all.map(({ id }) => id) });
  const ready = all.filter(({ id, status }) => status === "ready" && (!asked || asked.includes(id)));
  if (ready.length > 0) return ready;
  throw new InputError("no_documents", "There is no document that has been read to its end.", {
    hint: "add some: `loam ingest FILE`",
  });
}

/** Chunks of as many documents as are needed; of small libraries, of all. */
async function readChunks(
  library: QuestionLibrary,
  documents: readonly QuestionDocument[],
  { enough, signal }: { enough: number; signal: AbortSignal | undefined },
): Promise<Source[]> {
  const chunks: Source[] = [];
  for (const document of documents) {
    throwIfCancelled(signal, "Reading the documents");
    if (chunks.length >= enough && chunks.length >= documents.length) break;
    for (const chunk of await library.passages(document.id)) chunks.push({ document, chunk });
  }
  return chunks.filter(({ chunk: { chunk } }) => chunk.text.length >= shortestChars);
}

/** Questions by rules. Of two that read the same, neither is kept: they could not be told apart. */
function makeAll(
  chunks: readonly Source[],
  documents: readonly QuestionDocument[],
  { count, rng }: GenerateQuestionsOptions & { rng: Rng },
  meter: ProgressMeter,
): GeneratedQuestions {
  const naming = documents.length > 1 ? "document" : "none";
  const byQuestion = new Map<string, QuestionDraft | "ambiguous">();
  const rejected: Record<string, number> = {};
  for (const { document, chunk } of chunks) {
    for (const draft of extractiveQuestions(document, chunk, { naming })) {
      const known = byQuestion.get(draft.question);
      // Neighbouring chunks repeat a sentence: the same question from the same place.
      if (known === undefined) byQuestion.set(draft.question, draft);
      else if (known !== "ambiguous" && hashOf(known.goldPlaces) !== hashOf(draft.goldPlaces)) {
        byQuestion.set(draft.question, "ambiguous");
        add(rejected, "two passages answer the same question");
      }
    }
  }
  const drafts = [...byQuestion.values()].filter((draft) => draft !== "ambiguous");
  const kinds = Map.groupBy(shuffled(drafts, rng), ({ generator }) => generator);
  const questions = interleave([...kinds.values()])
    .slice(0, count)
    .map(withId);
  meter.advance(questions.length);
  return { questions, tried: chunks.length, rejected, failed: {}, usage: {} };
}

async function writeAll(
  chat: LanguageModelV4,
  sources: readonly Source[],
  { count, retries, concurrency = 4, signal }: GenerateQuestionsOptions,
  meter: ProgressMeter,
): Promise<GeneratedQuestions> {
  const result: GeneratedQuestions = { questions: [], tried: 0, rejected: {}, failed: {}, usage: {} };
  const seen = new Set<string>();
  const limit = Math.min(sources.length, count * triesPerQuestion);
  while (result.questions.length < count && result.tried < limit) {
    const wave = sources.slice(result.tried, Math.min(limit, result.tried + count - result.questions.length));
    const written = await mapConcurrently(
      wave,
      ({ document, chunk }) => writeQuestion(chat, document, chunk, { retries, signal }),
      { concurrency, signal, what: "Writing questions" },
    );
    result.tried += wave.length;
    for (const one of written) {
      addUsage(result.usage, one.usage);
      if (one.outcome !== "question") add(result[one.outcome], one.reason);
      else if (seen.has(one.draft.question)) add(result.rejected, "two passages answer the same question");
      else {
        seen.add(one.draft.question);
        result.questions.push(withId(one.draft));
        meter.advance();
      }
    }
  }
  return result;
}

/** Chunks in random order, kinds in turn, so that tables and figures are asked about too. */
function inTurn(chunks: readonly Source[], rng: Rng): Source[] {
  const kinds = Map.groupBy(shuffled(chunks, rng), ({ chunk: { chunk } }) => chunk.kind);
  return interleave([...kinds.values()]);
}

function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

/** Fisher–Yates. */
function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

function withId(draft: QuestionDraft): QuestionRow {
  return { id: hashOf([draft.question, draft.goldPlaces]).slice(0, 12), ...draft };
}

function add(counts: Record<string, number>, reason: string): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}
