import { LoamError, UnavailableError } from "@loam/core";
import { generateText, type LanguageModel, streamText } from "ai";
import type { AnswerEvent, AnswerSentence, ConversationMessage } from "../library/types.ts";
import { citedSentences, groundSentence, withoutMarkers } from "./citations.ts";
import type { Evidence } from "./evidence.ts";
import { answerPrompt, noAnswer, standalonePrompt } from "./prompt.ts";

export interface GeneratedAnswer {
  /** Empty when the model found that the evidence does not answer. */
  sentences: AnswerSentence[];
  removedCitations: number;
}

/**
 * Lets the model answer from the evidence. Text is handed on as it arrives, without evidence numbers; a sentence as
 * soon as it is complete, with its citations checked.
 */
export async function generateAnswer(
  {
    model,
    question,
    evidence,
    history,
    signal,
  }: {
    model: LanguageModel;
    question: string;
    evidence: readonly Evidence[];
    history: readonly ConversationMessage[];
    signal?: AbortSignal;
  },
  emit: (event: AnswerEvent) => void,
): Promise<GeneratedAnswer> {
  const { fullStream } = streamText({
    model,
    ...answerPrompt(question, evidence, history),
    abortSignal: signal,
    onError: () => {}, // the error arrives in the stream, too
  });
  const sentences: AnswerSentence[] = [];
  let removedCitations = 0;
  let text = "";
  let shown = 0;
  const show = (upTo: number) => {
    const delta = withoutMarkers(text.slice(shown, upTo));
    if (delta) emit({ type: "delta", text: delta });
    shown = upTo;
  };
  const ground = (complete: ReturnType<typeof citedSentences>) => {
    for (const cited of complete.slice(sentences.length)) {
      const { sentence, removed } = groundSentence(cited, evidence);
      removedCitations += removed;
      sentences.push(sentence);
      emit({ type: "sentence", sentence });
    }
  };
  for await (const part of fullStream) {
    if (part.type === "error") throw asLoamError(part.error);
    if (part.type !== "text-delta") continue;
    text += part.text;
    if (noAnswer.startsWith(text.trim()) || text.trim().startsWith(noAnswer)) continue;
    // Space may stand before a marker, and a marker that is not closed yet may still turn out to be text.
    const settled = text.length - (/\s*(?:[[【][\d\s,，、]*)?$/.exec(text)?.[0].length ?? 0);
    if (settled > shown) show(settled);
    ground(citedSentences(text.slice(0, settled)).slice(0, -1));
  }
  if (text.trim() === "" || text.trim().startsWith(noAnswer)) return { sentences: [], removedCitations: 0 };
  show(text.trimEnd().length);
  ground(citedSentences(text));
  return { sentences, removedCitations };
}

/** The follow-up as a question that stands by itself. */
export async function standaloneQuestion({
  model,
  question,
  history,
  signal,
}: {
  model: LanguageModel;
  question: string;
  history: readonly ConversationMessage[];
  signal?: AbortSignal;
}): Promise<string> {
  const { text } = await generateText({
    model,
    prompt: standalonePrompt(question, history),
    abortSignal: signal,
  }).catch((error) => {
    throw asLoamError(error);
  });
  return text.trim() || question;
}

function asLoamError(error: unknown): unknown {
  if (error instanceof LoamError || (error instanceof Error && error.name === "AbortError")) return error;
  return new UnavailableError("chat model", error instanceof Error ? error.message : String(error), {
    hint: "`loam models` shows the role `chat` and where it comes from",
    cause: error,
  });
}
