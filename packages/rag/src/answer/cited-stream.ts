import { LoamError, throwIfCancelled, UnavailableError } from "@loam/core";
import { type LanguageModel, type ModelMessage, streamText } from "ai";
import type { AnswerEvent, AnswerSentence } from "../library/types.ts";
import { citedSentences, groundSentence, withoutMarkers } from "./citations.ts";
import type { Evidence } from "./evidence.ts";

/** Text with its citations checked. */
export interface CitedText {
  sentences: AnswerSentence[];
  removedCitations: number;
}

/**
 * Lets the model write from numbered evidence. Text is handed on as it arrives, without evidence numbers; a sentence
 * as soon as it is complete, with its citations checked.
 *
 * @param refusal what the model replies with when it has nothing to say; the result is empty then.
 * @param split cuts the text so far into sentences with the evidence numbers of each.
 */
export async function streamCited(
  {
    model,
    instructions,
    messages,
    evidence,
    refusal,
    known,
    split = citedSentences,
    signal,
  }: {
    model: LanguageModel;
    instructions: string;
    messages: ModelMessage[];
    evidence: readonly Evidence[];
    refusal?: string;
    /** Text whose numbers and names a sentence may use: the question. */
    known?: string;
    split?: typeof citedSentences;
    signal?: AbortSignal;
  },
  emit: (event: Extract<AnswerEvent, { type: "delta" | "sentence" }>) => void,
): Promise<CitedText> {
  const { fullStream } = streamText({
    model,
    instructions,
    messages,
    abortSignal: signal,
    onError: () => {}, // the error arrives in the stream, too
  });
  const refused = (text: string) => refusal !== undefined && text.trim().startsWith(refusal);
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
      const { sentence, removed } = groundSentence(cited, evidence, known);
      removedCitations += removed;
      sentences.push(sentence);
      emit({ type: "sentence", sentence });
    }
  };
  for await (const part of fullStream) {
    if (part.type === "error") throw asLoamError(part.error);
    if (part.type !== "text-delta") continue;
    text += part.text;
    if (refused(text) || refusal?.startsWith(text.trim())) continue;
    // Space may stand before a marker, and a marker that is not closed yet may still turn out to be text.
    const settled = text.length - (/\s*(?:[[【][\d\s,，、]*)?$/.exec(text)?.[0].length ?? 0);
    if (settled > shown) show(settled);
    ground(split(text.slice(0, settled)).slice(0, -1));
  }
  throwIfCancelled(signal, "writing");
  if (text.trim() === "" || refused(text)) return { sentences: [], removedCitations: 0 };
  show(text.trimEnd().length);
  ground(split(text));
  return { sentences, removedCitations };
}

/** What went wrong with a call of the chat model, as an error that says where to look. */
export function asLoamError(error: unknown): unknown {
  if (error instanceof LoamError || (error instanceof Error && error.name === "AbortError")) return error;
  return new UnavailableError("chat model", error instanceof Error ? error.message : String(error), {
    hint: "`loam models` shows the role `chat` and where it comes from",
    cause: error,
  });
}
