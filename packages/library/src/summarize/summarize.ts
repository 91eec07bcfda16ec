import { ArgumentError, InputError, NotFoundError, parseInput, throwIfCancelled } from "@loam/core";
import { currentTraceId, span } from "@loam/observe";
import { hanShare } from "@loam/search";
import type { LanguageModel } from "ai";
import { eventStream } from "../answer/event-stream.ts";
import { citationsOf } from "../answer/evidence.ts";
import type { AnswerSentence, Library } from "../library/types.ts";
import { countWords } from "./count-words.ts";
import { extractSummary } from "./extractive.ts";
import { generateSummary } from "./generated.ts";
import { abstractLike, type Paper, paperEvidence, readPaper } from "./paper.ts";
import { SummarySettings } from "./settings.ts";
import type { SummarizeOptions, Summary, SummaryEvent, SummaryStream } from "./types.ts";

/** Running text below this is a cover or a note, and there is nothing to summarise. */
const minWords = 60;

/**
 * Summarises a document of a library: with the chat model in its own words, each sentence tied to page and box; without
 * one by the paper's own sentences.
 *
 * @throws {ArgumentError} from `result`, for a setting that {@link SummarySettings} does not take.
 * @throws {InputError} from `result`, when the document has too little text for a summary of that length.
 * @throws {NotFoundError} when `reference` is asked for and the paper has no abstract.
 */
export function summarize(
  library: Pick<Library, "document" | "pages" | "figures">,
  id: string,
  { chat, ...options }: SummarizeOptions & { chat?: LanguageModel } = {},
): SummaryStream {
  return eventStream((emit) =>
    span("summarize", { attributes: { "loam.document": id } }, async (open) => {
      const summary = await summarizeDocument(library, id, { chat, ...options }, emit);
      open.set({ "loam.summary.strategy": summary.strategy, "loam.summary.unsupported": summary.unsupported });
      open.output(summary.summary);
      emit({ type: "done", summary });
      return summary;
    }),
  );
}

async function summarizeDocument(
  library: Pick<Library, "document" | "pages" | "figures">,
  id: string,
  { chat, signal, onProgress, ...asked }: SummarizeOptions & { chat?: LanguageModel },
  emit: (event: SummaryEvent) => void,
): Promise<Summary> {
  const started = performance.now();
  const { words, language, style, reference, contextTokens } = parseInput(SummarySettings, asked);
  const tag = language === undefined ? undefined : languageTag(language);
  const { name, title } = await library.document(id);
  const paper = await span("read sections", {}, async () =>
    readPaper(await library.pages(id), await library.figures(id), { abstract: reference ? "omit" : "keep" }),
  );
  throwIfCancelled(signal, "summarising");
  if (reference && paper.abstracts.length === 0)
    throw new NotFoundError("abstract of", name, {
      hint: 'no heading or lead-in "Abstract" or "摘要" was found; leave the reference out',
    });
  checkLength(name, paper, words);
  const written = tag ?? mainLanguage(paper);
  const body = chat
    ? await generateSummary(
        {
          model: chat,
          evidence: paperEvidence(id, paper),
          title,
          words,
          style,
          language: new Intl.DisplayNames("en", { type: "language" }).of(written) ?? written,
          contextTokens,
          signal,
          onProgress,
        },
        emit,
      )
    : await extract(id, paper, { words, language: written }, emit);
  const text = body.sentences.map((sentence) => sentence.text).join(style === "bullets" ? "\n" : joint(written));
  return {
    document: id,
    summary: text,
    mode: chat ? "generated" : "extractive",
    strategy: chat ? (body.parts > 1 ? "map-reduce" : "whole") : "extractive",
    parts: body.parts,
    style,
    language: chat ? written : hanShare(text) > 0.4 ? "zh" : written === "zh" ? "en" : mainLanguage(paper),
    words: countWords(text),
    sentences: body.sentences,
    unsupported: body.sentences.filter(({ citations }) => citations.length === 0).length,
    removedCitations: body.removedCitations,
    ...(reference ? { reference: abstractLike(paper.abstracts, text) } : {}),
    model: chat ? nameOf(chat) : "local:extractive",
    trace: currentTraceId(),
    ms: Math.round(performance.now() - started),
  };
}

function extract(
  document: string,
  paper: Paper,
  { words, language }: { words: number; language: string },
  emit: (event: SummaryEvent) => void,
): Promise<{ sentences: AnswerSentence[]; removedCitations: number; parts: number }> {
  return span("extract summary", {}, async () => {
    const script = /^zh\b/.test(language) ? "han" : "other";
    const sentences = extractSummary(paper, { words, script }).map((sentence) => ({
      text: sentence.text,
      citations: citationsOf(document, sentence),
    }));
    for (const [i, sentence] of sentences.entries()) {
      emit({ type: "delta", text: (i > 0 ? joint(language) : "") + sentence.text });
      emit({ type: "sentence", sentence });
    }
    return { sentences, removedCitations: 0, parts: 1 };
  });
}

function checkLength(name: string, paper: Paper, words: number): void {
  const least = Math.max(minWords, words + 1);
  if (paper.words >= least) return;
  throw new InputError(
    "document_too_short",
    `${name}: ${paper.words} words of running text are too few for a summary of ${words} words; at least ${least} are needed.`,
    {
      details: { name, words: paper.words, needed: least },
      hint:
        paper.words >= minWords
          ? `ask for fewer: \`--words ${Math.max(10, Math.floor(paper.words / 4))}\``
          : "if its pages are pictures, `loam library show` tells whether they were read",
    },
  );
}

/** The language of most of the text, as far as the script tells: Chinese characters carry about twice as much as letters. */
function mainLanguage({ sections }: Paper): string {
  const share = hanShare(sections.flatMap(({ paragraphs }) => paragraphs.flat().map(({ text }) => text)).join(" "));
  return share > 0.35 ? "zh" : "en";
}

function languageTag(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0]!;
  } catch {
    throw new ArgumentError("language", language, "a language tag such as en, zh or de");
  }
}

function joint(language: string): string {
  return /^(?:zh|ja)\b/.test(language) ? "" : " ";
}

function nameOf(model: LanguageModel): string {
  return typeof model === "string" ? model : `${model.provider.split(".")[0]}:${model.modelId}`;
}
