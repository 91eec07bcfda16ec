import { type OnProgress, throwIfCancelled } from "@loam/core";
import { span } from "@loam/observe";
import { estimateTokens } from "@loam/providers";
import { generateText, type LanguageModel } from "ai";
import { citedSentences } from "../answer/citations.ts";
import { asLoamError, type CitedText, streamCited } from "../answer/cited-stream.ts";
import type { Evidence } from "../answer/evidence.ts";
import { evidenceText, type NumberedEvidence, notesPrompt, summaryPrompt } from "./prompt.ts";
import type { SummaryEvent, SummaryStyle } from "./types.ts";

/** Words of notes on one part, at most. */
const notesWords = 250;

export interface GenerateOptions {
  model: LanguageModel;
  evidence: readonly Evidence[];
  title: string;
  words: number;
  style: SummaryStyle;
  /** In English: "Chinese". */
  language: string;
  contextTokens: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/**
 * Lets the model write the summary: from the whole paper when that fits, else from notes on its parts, which keep the
 * numbers of the evidence, so that the summary cites pages and boxes either way.
 */
export async function generateSummary(
  options: GenerateOptions,
  emit: (event: SummaryEvent) => void,
): Promise<CitedText & { parts: number }> {
  const { model, evidence, title, contextTokens, signal, onProgress } = options;
  const numbered = evidence.map((entry, i) => ({ number: i + 1, evidence: entry }));
  const batches = inBatches(sectionTexts(numbered, contextTokens), contextTokens);
  const parts = batches.length;
  let texts = batches;
  let done = 0;
  while (texts.length > 1) {
    const notes: string[] = [];
    for (const [i, material] of texts.entries()) {
      throwIfCancelled(signal, "summarising");
      onProgress?.({ task: "summarise", label: title, unit: "part", done: done++ });
      notes.push(
        await span("summarise part", { attributes: { "loam.part": i + 1 } }, () => takeNotes(material, options)),
      );
    }
    const merged = inBatches(notes, contextTokens);
    // Notes that got no shorter would be gone over for ever.
    texts = merged.length < texts.length ? merged : [notes.join("\n\n")];
  }
  const prompt = summaryPrompt(texts[0]!, { ...options, source: parts > 1 ? "notes" : "paper" });
  const split = options.style === "bullets" ? bulletSentences : citedSentences;
  const written = await span("write summary", {}, () =>
    streamCited({ model, ...prompt, evidence, split, signal }, emit),
  );
  return { ...written, parts };
}

async function takeNotes(material: string, { model, title, signal }: GenerateOptions): Promise<string> {
  const prompt = notesPrompt(material, { title, words: notesWords });
  const { text } = await generateText({ model, prompt, abortSignal: signal }).catch((error) => {
    throwIfCancelled(signal, "summarising");
    throw asLoamError(error);
  });
  return text.trim();
}

/** The entries of each section together, so that parts break between sections; a section too long by itself in pieces. */
function sectionTexts(numbered: readonly NumberedEvidence[], contextTokens: number): string[] {
  const groups: { heading: string; texts: string[] }[] = [];
  for (const entry of numbered) {
    const heading = entry.evidence.hit.chunk.headings.join("\n");
    if (groups.at(-1)?.heading !== heading) groups.push({ heading, texts: [] });
    groups.at(-1)!.texts.push(evidenceText(entry));
  }
  return groups.flatMap(({ texts }) => inBatches(texts, contextTokens));
}

/** Neighbouring texts joined while they fit; one that is too long stands alone. */
function inBatches(texts: readonly string[], maxTokens: number): string[] {
  const batches: { text: string; tokens: number }[] = [];
  for (const text of texts) {
    const tokens = estimateTokens(text);
    const last = batches.at(-1);
    if (last && last.tokens + tokens <= maxTokens) {
      last.text += `\n\n${text}`;
      last.tokens += tokens;
    } else batches.push({ text, tokens });
  }
  return batches.map(({ text }) => text);
}

/** Bullets end where the next begins, full stop or not. */
function bulletSentences(text: string): ReturnType<typeof citedSentences> {
  return citedSentences(text.replace(/\n(?=\s*[-*•]\s)/g, "\n\n")).map(({ text, numbers }) => ({
    text: text.replace(/^[-*•]\s+/, ""),
    numbers,
  }));
}
