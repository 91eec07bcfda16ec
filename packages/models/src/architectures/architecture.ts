import type { Tensor } from "@loam/graph";
import type { Modules } from "../modules/modules.ts";

/** The content of a `config.json`. */
export type ConfigJson = Record<string, unknown>;

/** Keys and values of one layer, from tokens before the ones at hand: each [B, Hkv, P, D], keys already rotated. */
export type KeyValues = {
  key: Tensor;
  value: Tensor;
};

export interface DecoderInputs {
  /** [B, T, C], from {@link DecoderArchitecture.embed} or made otherwise. */
  embeddings: Tensor;
  /** int64 [B, T]. */
  positions: Tensor;
  /** bool [B, P + T], true at tokens, false at padding; P is the length of `past`. */
  mask: Tensor;
  /** One entry per layer; left out, there is nothing before. */
  past?: readonly KeyValues[];
  /**
   * int64 [B, P + T]: a token sees those of its own segment and those of segment 0, so that several texts can share a row.
   * Left out, all are of one segment.
   */
  segments?: Tensor;
}

export interface DecoderOutputs {
  /** Embeddings, then the stream after each layer, the last one after the final norm: L + 1 times [B, T, C]. */
  hiddenStates: Tensor[];
  /** Keys and values of past and present tokens, one entry per layer. */
  present: KeyValues[];
}

/** What every decoder's config comes down to. */
export interface DecoderConfig {
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  keyValueHeads: number;
  headDim: number;
  maxPositions: number;
}

export interface DecoderArchitecture<C extends DecoderConfig = DecoderConfig> {
  kind: "decoder";
  /** `model_type` in config.json. */
  modelTypes: readonly string[];
  /** `general.architecture` in GGUF files. */
  ggufName?: string;
  readConfig: (json: ConfigJson) => C;
  /** ids int64 [B, T] → [B, T, C]; models with learned positions add them here. */
  embed: (modules: Modules, config: C, ids: Tensor, positions: Tensor) => Tensor;
  /** What {@link embed} adds for the places of tokens, [B, T, C]; left out, nothing. Embeddings made otherwise need it too. */
  positionEmbeddings?: (modules: Modules, config: C, positions: Tensor) => Tensor;
  forward: (modules: Modules, config: C, inputs: DecoderInputs) => DecoderOutputs;
  /** hidden [..., C], after the final norm → [..., V]. */
  logits: (modules: Modules, config: C, hidden: Tensor) => Tensor;
  /** Other names a tensor may have in checkpoints, tried in order when the usual one is missing. */
  aliases?: (name: string) => string[];
  /** The tensors a checkpoint must have, with shapes, so that a wrong file is told before anything runs. */
  parameters: (config: C) => Record<string, readonly number[]>;
}

export interface EncoderConfig {
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  maxPositions: number;
  padTokenId: number;
}

export interface EncoderInputs {
  /** int64 [B, T]. */
  ids: Tensor;
  /** int64 [B, T]; left out, zeros. */
  typeIds?: Tensor;
  /** bool [B, T], true at tokens. */
  mask: Tensor;
}

export interface EncoderArchitecture<C extends EncoderConfig = EncoderConfig> {
  kind: "encoder";
  modelTypes: readonly string[];
  readConfig: (json: ConfigJson) => C;
  /** Embeddings, then the output of each layer: L + 1 times [B, T, C]. */
  forward: (modules: Modules, config: C, inputs: EncoderInputs) => Tensor[];
  /** The first position through the pooler, [B, C]; undefined where the checkpoint has no pooler. */
  pooled: (modules: Modules, config: C, hidden: Tensor) => Tensor | undefined;
  /** Masked-language-model logits [B, T, V]; undefined where the checkpoint has no such head. */
  logits: (modules: Modules, config: C, hidden: Tensor) => Tensor | undefined;
  aliases?: (name: string) => string[];
  parameters: (config: C) => Record<string, readonly number[]>;
}

// biome-ignore lint/suspicious/noExplicitAny: the table holds architectures with different configs
export type Architecture = DecoderArchitecture<any> | EncoderArchitecture<any>;
