import type { ProgressEvent } from "@loam/core";
import type { Recipe, TuneOptions, WrittenAnswer } from "@loam/peft";
import type { VideoRecipe } from "@loam/video";
import type { SentError } from "../child/child.ts";

/** What a training process is told. */
export type TrainingOrder =
  /** `asks`: answers are judged by who started it. */
  | { type: "tune"; recipe: Recipe; places?: TuneOptions["places"]; asks?: boolean }
  | { type: "video"; recipe: VideoRecipe }
  | { type: "pretrain"; folder: string; steps: number }
  /** What answers that were asked about are worth, or why nobody can say. */
  | { type: "judged"; id: number; rewards?: readonly number[]; error?: SentError }
  /** Save what is there and end. */
  | { type: "stop" };

/** An order to make something. */
export type WorkOrder = Extract<TrainingOrder, { type: "tune" | "video" | "pretrain" }>;

/** What it tells of its work, in the order in which it happens. */
export type TrainingReport =
  | { type: "metrics"; step: number; values: Readonly<Record<string, number>> }
  | { type: "text"; step: number; tag: string; text: string }
  | { type: "artifact"; path: string }
  | { type: "judge"; id: number; answers: readonly WrittenAnswer[] }
  | { type: "progress"; event: ProgressEvent }
  | { type: "summary"; values: Record<string, unknown> }
  | { type: "end"; status: "finished" | "failed" | "stopped"; error?: SentError };
