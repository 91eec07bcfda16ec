import type { OnProgress } from "@loam/core";
import type { EventStream } from "../answer/event-stream.ts";
import type { AnswerSentence } from "../library/types.ts";

export type SummaryStyle = "abstract" | "bullets" | "eli5";

export interface SummarizeOptions {
  /** About how many words; 150 when left out. */
  words?: number;
  /** BCP 47 tag of the language to write in ("zh", "de"); the document's own when left out. */
  language?: string;
  /** `abstract` when left out. */
  style?: SummaryStyle;
  /** `abstract`: the paper's own abstract is left out of the input and returned, to compare the summary with. */
  reference?: "abstract";
  /** Tokens of the paper that one request may hold; 24,000 when left out. A longer paper is read in parts. */
  contextTokens?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** A summary, each sentence with the places that bear it out. */
export interface Summary {
  document: string;
  summary: string;
  mode: "generated" | "extractive";
  /** How the paper was read: at once, in parts with notes on each, or sentence by sentence without a model. */
  strategy: "whole" | "map-reduce" | "extractive";
  /** Parts that the paper was read in. */
  parts: number;
  style: SummaryStyle;
  language: string;
  words: number;
  sentences: AnswerSentence[];
  /** Sentences that are left without a citation. */
  unsupported: number;
  /** Citations that named evidence which does not exist, or that the evidence does not bear out. */
  removedCitations: number;
  /** The paper's own abstract, when it was asked for. */
  reference?: { text: string; page: number };
  model: string;
  trace?: string;
  ms: number;
}

export type SummaryEvent =
  | { type: "delta"; text: string }
  | { type: "sentence"; sentence: AnswerSentence }
  | { type: "done"; summary: Summary };

/** A summary on its way. */
export type SummaryStream = EventStream<SummaryEvent, Summary>;
