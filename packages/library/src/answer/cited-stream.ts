import { LoamError, throwIfCancelled, UnavailableError } from "@loam/core";
import { type LanguageModel, type ModelMessage, streamText } from "ai";
import type { AnswerEvent, AnswerSentence } from "../library/types.ts";
import { citedSentences, groundSentence, withoutMarkers } from "./citations.ts";
import type { Evidence } from "./evidence.ts";

/** Text with its citations checked. */
export interface CitedText {
  sentences: AnswerSentence[];
  removedCitations: number;
  /** The model stopped in the middle: what it had not finished is left out. */
  cut?: true;
}

/**
 * Lets the model write from numbered evidence. Text is handed on as it arrives, without evidence numbers; a sentence
 * as soon as it is complete, with its citations checked.
 *
 * @param refusal what the model replies with when it has nothing to say; the result is empty then.
 * @param split cuts the text so far into sentences with the evidence numbers of each.
 * @param longest characters after which the model is stopped; one that says the same sentence a third time is stopped too.
 * @throws {UnavailableError} when the model fails, answers with nothing, or calls a function instead.
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
    longest = Number.POSITIVE_INFINITY,
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
    longest?: number;
    signal?: AbortSignal;
  },
  emit: (event: Extract<AnswerEvent, { type: "delta" | "sentence" }>) => void,
): Promise<CitedText> {
  const stopped = new AbortController();
  const { fullStream } = streamText({
    model,
    instructions,
    messages,
    abortSignal: signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal,
    onError: () => {}, // the error arrives in the stream, too
  });
  const refused = (text: string) => refusal !== undefined && text.trim().startsWith(refusal);
  const sentences: AnswerSentence[] = [];
  let removedCitations = 0;
  const seen = { finish: "other", calls: 0, thoughts: 0 };
  let text = "";
  let shown = 0;
  const show = (upTo: number) => {
    const delta = withoutMarkers(text.slice(shown, upTo));
    if (delta) emit({ type: "delta", text: delta });
    shown = upTo;
  };
  const said = new Map<string, number>();
  let loops = false;
  const ground = (complete: ReturnType<typeof citedSentences>) => {
    for (const cited of complete.slice(sentences.length)) {
      const times = (said.get(cited.text) ?? 0) + 1;
      said.set(cited.text, times);
      loops ||= times > 2;
      if (loops) return;
      const { sentence, removed } = groundSentence(cited, evidence, known);
      removedCitations += removed;
      sentences.push(sentence);
      emit({ type: "sentence", sentence });
    }
  };
  for await (const part of fullStream) {
    if (part.type === "error") throw asLoamError(part.error);
    if (part.type === "tool-call") seen.calls++;
    if (part.type === "reasoning-delta") seen.thoughts++;
    if (part.type === "finish") seen.finish = part.finishReason;
    if (part.type !== "text-delta") continue;
    text += part.text;
    if (refused(text) || refusal?.startsWith(text.trim())) continue;
    // Space may stand before a marker, and a marker that is not closed yet may still turn out to be text.
    const settled = text.length - (/\s*(?:[[【][\d\s,，、]*)?$/.exec(text)?.[0].length ?? 0);
    if (settled > shown) show(settled);
    ground(split(text.slice(0, settled)).slice(0, -1));
    if (!loops && text.length <= longest) continue;
    seen.finish = "length";
    stopped.abort();
    break;
  }
  throwIfCancelled(signal, "writing");
  if (text.trim() === "") throw saidNothing(seen);
  if (refused(text)) return { sentences: [], removedCitations: 0 };
  const all = split(text);
  const isCut = seen.finish === "length" || seen.finish === "content-filter";
  // Half a sentence says something else than the whole; where there is nothing else, it stands and is said to be half.
  const whole = isCut && all.length > 1 ? all.slice(0, loops ? sentences.length : -1) : all;
  if (whole.length === all.length) show(text.trimEnd().length);
  ground(whole);
  return { sentences, removedCitations, ...(isCut && { cut: true as const }) };
}

/** Why there is no text: never that the documents do not answer. */
function saidNothing({ finish, calls, thoughts }: { finish: string; calls: number; thoughts: number }): Error {
  const what =
    calls > 0 || finish === "tool-calls"
      ? "called a function instead of answering."
      : finish === "content-filter"
        ? "its provider's filter withheld the answer."
        : finish === "length"
          ? `used up its longest answer ${thoughts > 0 ? "thinking" : "before a word"}.`
          : thoughts > 0
            ? "thought and then answered with nothing."
            : "answered with nothing.";
  return new UnavailableError("chat model", what, {
    details: { finish },
    hint: "ask again, or choose another model for the role `chat`: `loam models` shows it",
  });
}

/** What went wrong with a call of the chat model, as an error that says where to look. */
export function asLoamError(error: unknown): unknown {
  if (error instanceof LoamError || (error instanceof Error && error.name === "AbortError")) return error;
  return new UnavailableError("chat model", error instanceof Error ? error.message : String(error), {
    hint: "`loam models` shows the role `chat` and where it comes from",
    cause: error,
  });
}
