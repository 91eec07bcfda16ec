import { generateText, type LanguageModel } from "ai";
import type { AnswerEvent, ConversationMessage } from "../library/types.ts";
import { asLoamError, type CitedText, streamCited } from "./cited-stream.ts";
import type { Evidence } from "./evidence.ts";
import { answerPrompt, noAnswer, standalonePrompt } from "./prompt.ts";

/** Lets the model answer from the evidence; no sentences when it found that the evidence does not answer. */
export function generateAnswer(
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
  return streamCited({ model, ...prompt, evidence, refusal: noAnswer, known: question, signal }, emit);
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
