import type { ProgressEvent } from "@loam/core";
import type { Recipe, TuneOptions } from "@loam/peft";
import type { VideoRecipe } from "@loam/video";
import type { SentError } from "../child/child.ts";

/** What a training process is told. */
export type TrainingOrder =
  | { type: "tune"; recipe: Recipe; places?: TuneOptions["places"] }
  | { type: "video"; recipe: VideoRecipe }
  | { type: "pretrain"; folder: string; steps: number }
  /** Save what is there and end. */
  | { type: "stop" };

/** What it tells of its work, in the order in which it happens. */
export type TrainingReport =
  | { type: "metrics"; step: number; values: Readonly<Record<string, number>> }
  | { type: "text"; step: number; tag: string; text: string }
  | { type: "artifact"; path: string }
  | { type: "progress"; event: ProgressEvent }
  | { type: "summary"; values: Record<string, unknown> }
  | { type: "end"; status: "finished" | "failed" | "stopped"; error?: SentError };
