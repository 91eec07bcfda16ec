import { type OperationControls, operation } from "@loam/core";
import { maxQueryLength } from "@loam/search";
import { z } from "zod";
import type { AnswerEvent, Library } from "../library/types.ts";

export const documentIds = z
  .array(z.string().min(1).max(200))
  .max(1000)
  .optional()
  .describe("only these documents, by id; all when left out");

export const AskInput = z.strictObject({
  question: z.string().trim().min(1).max(maxQueryLength),
  documents: documentIds,
  k: z.int().min(1).max(100).default(8).describe("passages given as evidence"),
  conversation: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("id of an earlier answer's conversation, for a follow-up"),
});

export const askOperation = operation({
  name: "ask",
  summary: "Answer a question from documents, with pages and boxes as evidence",
  description:
    "Finds the passages, figures and tables that bear on the question and answers from them alone: with a chat model in " +
    "its words, without one in sentences of the documents. What they do not say is refused.",
  lasts: "stream",
  input: AskInput,
  run: async (library: Library, { question, ...options }, { signal, emit }: OperationControls<AnswerEvent>) => {
    const answer = library.ask(question, { ...options, signal });
    for await (const event of answer) emit(event);
    return await answer.result;
  },
});
