import type { OnProgress } from "@loam/core";
import type { z } from "zod";
import type { EventStream } from "../answer/event-stream.ts";
import type { AnswerSentence } from "../library/types.ts";
import type { SummarySettings } from "./settings.ts";

export type SummaryStyle = z.infer<typeof SummarySettings>["style"];

/** How a summary is made, as {@link SummarySettings} documents it; all may be left out. */
export interface SummarizeOptions extends z.input<typeof SummarySettings> {
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
