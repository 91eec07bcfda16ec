import type { AnswerEventJson } from "@loam/server";
import { postForEvents } from "./event-stream.ts";

export interface AskRequest {
  question: string;
  documents?: string[];
  conversation?: string;
}

/** Asks, and gives the answer's events as they come. */
export const askEvents = (body: AskRequest, signal: AbortSignal) =>
  postForEvents<AnswerEventJson>("/api/ask", { body, what: "The answer", signal });
