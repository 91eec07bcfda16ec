import { ArgumentError } from "@loam/core";
import type { VideoModel } from "@loam/video";

/** Bytes of an upload, or a video that was made here. */
export type VideoReference = { bytes: Uint8Array } | { id: string };

/** A video to make. What is left out is the model's own. */
export interface VideoRequest {
  prompt: string;
  model?: string;
  size?: string;
  seconds?: string;
  /** The first picture of the clip. */
  picture?: Uint8Array;
  /** The noise that it begins with; any when left out. */
  seed?: number;
  guidance?: number;
  steps?: number;
}

const longestPrompt = 4000;

/** A prompt without the characters that it calls. */
export const wordsOf = (prompt: string): string => prompt.replace(/@[\p{L}\p{N}_-]+/gu, " ").trim();

/** @throws {ArgumentError} for an empty or over-long prompt, and for words that the model never saw. */
export function checkPrompt(model: VideoModel, prompt: string): void {
  if (prompt.length > longestPrompt)
    throw new ArgumentError("prompt", `${prompt.length} characters`, `at most ${longestPrompt} characters`);
  model.vocabulary.encode(prompt);
}

/** @throws {ArgumentError} for a seed, guidance or number of steps that no sampler takes. */
export function checkSampling({ seed, guidance, steps }: Pick<VideoRequest, "seed" | "guidance" | "steps">) {
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0))
    throw new ArgumentError("seed", seed, "a whole number of at least 0");
  if (guidance !== undefined && !(guidance >= 0 && guidance <= 100))
    throw new ArgumentError("guidance", guidance, "a number from 0 to 100");
  if (steps !== undefined && !(Number.isInteger(steps) && steps >= 1 && steps <= 1000))
    throw new ArgumentError("steps", steps, "a whole number from 1 to 1000");
  return {
    ...(seed !== undefined && { seed }),
    ...(guidance !== undefined && { guidance }),
    ...(steps !== undefined && { steps }),
  };
}
