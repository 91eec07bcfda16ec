import type { DecoderModel } from "../model/model.ts";
import type { Constraint } from "./constraint.ts";
import type { DecoderSessionOptions, DecodingState } from "./decoder-session.ts";
import { forecastMemory } from "./memory-forecast.ts";
import type { SamplingOptions } from "./sampling.ts";

export interface GenerateOptions extends SamplingOptions {
  /** Left out, until the text ends or the context is full. */
  maxNewTokens?: number;
  /** Texts that end the answer; they are not part of it. */
  stop?: readonly string[];
  /** The same seed gives the same tokens; left out, a new one each time. */
  seed?: number;
  /** How many of the most probable tokens to report beside each chosen one; 0 reports the chosen one only. */
  logprobs?: number;
  constraint?: Constraint;
  /** Ids that end a text; left out, the model's own. */
  eosTokenIds?: readonly number[];
  signal?: AbortSignal;
  /** For whom the text is written: where several wait, each is served in turn. */
  owner?: string;
}

export interface TokenLogprobs {
  id: number;
  /** Natural logarithm, before temperature and filters. */
  logprob: number;
  top: { id: number; logprob: number }[];
}

/** How the weights of a generator lie. */
export interface GeneratorWeights {
  weights?: DecoderSessionOptions["weights"] | "roomy";
}

export function roomyWeights(model: DecoderModel, { guest }: DecoderSessionOptions): DecoderSessionOptions["weights"] {
  if (guest) return undefined; // its tensors are never packed
  const { totalBytes } = forecastMemory(model, { weights: "packed" });
  return totalBytes < process.availableMemory() / 2 ? "packed" : undefined;
}

/** A token of a given text. */
export interface TokenScore extends Omit<TokenLogprobs, "logprob"> {
  logprob: number | null;
}

export type FinishReason = "stop" | "length";

export interface Generation {
  ids: number[];
  text: string;
  finishReason: FinishReason;
  /** The stop string that ended the text, if one did. */
  stoppedBy?: string;
  promptTokens: number;
  /** Tokens of the prompt that had been read for another one. */
  cachedTokens?: number;
  logprobs?: TokenLogprobs[];
}

export interface TextPart {
  text: string;
  id: number;
  logprobs?: TokenLogprobs;
}

/** A prompt that has been read, and what may come next. */
export interface PromptRead {
  state: Pick<DecodingState, "length" | "read" | "keepRows">;
  logits: Float32Array;
  cachedTokens: number;
}
