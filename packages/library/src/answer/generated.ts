import { UnavailableError } from "@loam/core";
import { generateText, type LanguageModel } from "ai";
import type { AnswerEvent, ConversationMessage } from "../library/types.ts";
import { asLoamError, type CitedText, streamCited } from "./cited-stream.ts";
import type { Evidence } from "./evidence.ts";
import { answerPrompt, noAnswer, standalonePrompt } from "./prompt.ts";

/** Characters of an answer; small models talk on for as long as they are let. */
const longestAnswer = 8000;

/** Lets the model answer from the evidence; no sentences when it found that the evidence does not answer. */
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
): Promise<CitedText> {
  const prompt = answerPrompt(question, evidence, history);
  const names = [...new Set(evidence.map(({ name = "" }) => name))];
  const known = [question, ...names].join("\n");
  let shown = false;
  const attempt = () =>
    streamCited({ model, ...prompt, evidence, refusal: noAnswer, known, longest: longestAnswer, signal }, (event) => {
      shown = true;
      emit(event);
    });
  try {
    return await attempt();
  } catch (error) {
    // A stream that broke, or nothing at all: asked once more, unless words have been shown already.
    if (shown || signal?.aborted || !(error instanceof UnavailableError) || isRefusedRequest(error)) throw error;
    return await attempt();
  }
}

/** The service understood and said no: asking again changes nothing. */
const isRefusedRequest = ({ details }: UnavailableError): boolean => {
  const status = Number(details.status ?? 0);
  return status >= 400 && status < 500;
};

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
