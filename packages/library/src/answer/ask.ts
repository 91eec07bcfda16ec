import { throwIfCancelled } from "@loam/core";
import { currentTraceId, span } from "@loam/observe";
import { hanShare, searchTerms } from "@loam/search";
import type { LanguageModel } from "ai";
import type { z } from "zod";
import type { LibraryContext } from "../library/context.ts";
import type { SearchIndex } from "../library/search-index.ts";
import type {
  Answer,
  AnswerEvent,
  AnswerSentence,
  AnswerStream,
  Citation,
  ConversationMessage,
  Refusal,
  SearchHit,
} from "../library/types.ts";
import type { AskInput } from "../operations/ask.ts";
import { openConversation, saveTurn } from "../records/conversations.ts";
import { expectDocuments } from "../records/expect-documents.ts";
import { rerankedDepth, rerankHits } from "../search/rerank-hits.ts";
import { askedPage, type PagePlace, pagesAsked } from "./asked-page.ts";
import { isGerman } from "./asked-words.ts";
import type { CitedText } from "./cited-stream.ts";
import { eventStream } from "./event-stream.ts";
import { citationsOf, type Evidence, gatherEvidence } from "./evidence.ts";
import { type ExtractOptions, extractAnswer, inWords, type ScoredPassage } from "./extractive.ts";
import { generateAnswer, standaloneQuestion } from "./generated.ts";

type ParsedAskOptions = Omit<z.infer<typeof AskInput>, "question"> & { signal?: AbortSignal };

/** Chunks the extractive answer looks through: it reads fast, and the best sentence may stand in a lesser chunk. */
const extractiveDepth = 40;

/** A question about "page 3" of many documents is asked of so many. */
const pagesSearched = 20;

/** Answers a question from the library: evidence, then the chat model or, without one, the best sentences. */
export function ask(
  context: LibraryContext,
  index: SearchIndex,
  question: string,
  options: ParsedAskOptions,
): AnswerStream {
  return eventStream((emit) =>
    span("ask", { attributes: { "loam.question": question } }, async (open) => {
      const answer = await answerQuestion(context, index, question, options, emit);
      open.set({ "loam.answer.mode": answer.mode, "loam.answer.removed_citations": answer.removedCitations });
      open.input(question);
      open.output(answer.answer);
      emit({ type: "done", answer });
      return answer;
    }),
  );
}

async function answerQuestion(
  context: LibraryContext,
  index: SearchIndex,
  question: string,
  { documents, k, conversation, signal }: ParsedAskOptions,
  emit: (event: AnswerEvent) => void,
): Promise<Answer> {
  const started = performance.now();
  const { chat, embed, reranker } = context.models;
  await expectDocuments(context.store.db, documents);
  const { id, history } = await openConversation(context.store.db, conversation);
  const standalone = await resolve(chat, question, history, signal);
  throwIfCancelled(signal, "answering");
  const depth = chat ? k : Math.max(k, extractiveDepth);
  const page = askedPage(standalone);
  const places = page && (await pagesAsked(context.store.db, page, documents)).slice(0, pagesSearched);
  const found = places
    ? await searchPages(index, places, { query: page.isWhole ? standalone : page.rest, k: depth, signal })
    : await index.search(standalone, { k: reranker ? Math.max(depth, rerankedDepth) : depth, documents, signal });
  const ordered = reranker && !places ? await rerankHits(standalone, found, { reranker, signal }) : found;
  const hits = ordered.slice(0, depth);
  emit({ type: "evidence", hits: hits.slice(0, k) });
  const gathered = await gatherEvidence(context, hits);
  const evidence = places ? onPages(gathered, places) : gathered;
  const extractOptions = {
    ...{ embedder: embed, idf: (word: string) => index.idf(word), whole: page?.isWhole, signal },
  };
  const body: CitedText & { refusal?: Refusal } = chat
    ? await span("generate answer", {}, () =>
        generateAnswer({ model: chat, question, evidence, history, signal }, emit),
      )
    : await extract(page?.rest ?? standalone, evidence, extractOptions, emit);
  const refused = body.sentences.length === 0;
  const nearMiss = refused ? (body.refusal ?? (await refusalOf(standalone, evidence, extractOptions))) : undefined;
  const sentences = refused ? [{ text: refusalText(question, nearMiss?.missing), citations: [] }] : body.sentences;
  if (refused) {
    emit({ type: "delta", text: sentences[0]!.text });
    emit({ type: "sentence", sentence: sentences[0]! });
  }
  const answer: Answer = {
    answer: join(sentences),
    mode: refused ? "refused" : chat ? "generated" : "extractive",
    sentences,
    ...(nearMiss && { refusal: nearMiss }),
    model: chat ? nameOf(chat) : "local:extractive",
    trace: currentTraceId(),
    ms: Math.round(performance.now() - started),
    removedCitations: body.removedCitations,
    ...(body.cut && { cut: body.cut }),
    conversation: id,
  };
  await saveTurn(context.store.db, id, question, answer);
  return answer;
}

/** What is found on the pages that a question names; nothing where there is none. */
async function searchPages(
  index: SearchIndex,
  places: readonly PagePlace[],
  { query, k, signal }: { query: string; k: number; signal?: AbortSignal },
): Promise<SearchHit[]> {
  const found = await Promise.all(
    places.map(({ document, number }) =>
      index.search(query, { k, documents: [document], pages: [number, number], signal }),
    ),
  );
  return found
    .flat()
    .sort((a, b) => b.score - a.score)
    .slice(0, k);
}

/** A chunk may begin on the page before. */
function onPages(evidence: readonly Evidence[], places: readonly PagePlace[]): Evidence[] {
  return evidence.map(({ hit, passages, ...rest }) => {
    const numbers = places.flatMap(({ document, number }) => (document === hit.document ? [number] : []));
    return {
      ...rest,
      hit,
      passages: passages.filter(({ places }) => places.some(({ page }) => numbers.includes(page))),
    };
  });
}

/** The question as it is searched with: a follow-up is completed from the conversation. */
async function resolve(
  chat: LanguageModel | undefined,
  question: string,
  history: readonly ConversationMessage[],
  signal?: AbortSignal,
): Promise<string> {
  const before = history.findLast(({ role }) => role === "user")?.text;
  if (before === undefined) return question;
  if (chat)
    return span("standalone question", {}, () => standaloneQuestion({ model: chat, question, history, signal }));
  const refersBack =
    /\b(?:it|its|they|them|their|this|that|these|those|he|she|former|latter)\b|[其它他她]|这|那|该|呢[？?]?$/i;
  return refersBack.test(question) || searchTerms(question).length < 3 ? `${question} ${before}` : question;
}

async function extract(
  question: string,
  evidence: readonly Evidence[],
  options: ExtractOptions,
  emit: (event: AnswerEvent) => void,
): Promise<CitedText & { refusal?: Refusal }> {
  return span("extract answer", {}, async () => {
    const { chosen, nearest, missing } = await extractAnswer(question, evidence, options);
    const sentences = chosen.map(asSentence);
    for (const [i, sentence] of sentences.entries()) {
      emit({ type: "delta", text: (i > 0 ? "\n" : "") + sentence.text });
      emit({ type: "sentence", sentence });
    }
    return { sentences, removedCitations: 0, refusal: { missing, nearest: nearest.map(asSentence) } };
  });
}

/** Where a model refused: what came nearest, and what those passages lack. */
async function refusalOf(question: string, evidence: readonly Evidence[], options: ExtractOptions): Promise<Refusal> {
  const { nearest, missing } = await extractAnswer(question, evidence, { ...options, whole: false });
  return { missing, nearest: nearest.map(asSentence) };
}

function asSentence({ passage, document }: ScoredPassage): { text: string; citations: Citation[] } {
  return { text: inWords(passage), citations: citationsOf(document, passage) };
}

function refusalText(question: string, missing: readonly string[] = []): string {
  const lacking = missing.slice(0, 3);
  if (hanShare(question) > 0.3)
    return `文档中没有找到这个问题的答案。${lacking.length > 0 ? `没有找到：${lacking.join("、")}。` : ""}`;
  if (isGerman(question))
    return `Die Dokumente beantworten diese Frage nicht.${lacking.length > 0 ? ` Nicht gefunden: ${lacking.join(", ")}.` : ""}`;
  return `The documents do not answer this question.${lacking.length > 0 ? ` Not found: ${lacking.join(", ")}.` : ""}`;
}

/** Sentences of a text run on; rows and sentences from different places stand on lines of their own. */
function join(sentences: readonly AnswerSentence[]): string {
  return sentences.map(({ text }) => text).join("\n");
}

function nameOf(model: LanguageModel): string {
  return typeof model === "string" ? model : `${model.provider.split(".")[0]}:${model.modelId}`;
}
