import type { Rng } from "@loam/core";
import type { Shape, Tensor } from "@loam/graph";
import type { KeyValues, Model, ModuleHooks, Parameters } from "@loam/models";
import type { EmbeddingLayer, LinearLayer } from "./linear-layers.ts";

/** A tensor with numbers, float32 and row-major. */
export interface TensorValue {
  shape: readonly number[];
  data: Float32Array;
}

/** Adapter tensors by the key they have in the file. */
export type AdapterTensors<T> = Readonly<Record<string, T>>;

/** The options of an adapter as its file spells them; fields that are not known here are kept as they are. */
export type AdapterConfig = { peft_type: string } & Record<string, unknown>;

/** What a method may ask about the base model. */
export interface BaseModel {
  model: Model;
  /** Every linear layer, in the order of the forward pass. */
  linearLayers: readonly LinearLayer[];
  /** Every embedding table, in the order of the forward pass. */
  embeddings: readonly EmbeddingLayer[];
  /** The numbers of a base weight. */
  read(name: string): Promise<TensorValue>;
}

/** How an adapter reaches into the forward pass. Each part may be left out. */
export interface Attachment {
  hooks?: ModuleHooks;
  /** The weights the model runs with instead of its own. */
  parameters?: Parameters;
  /** Keys and values in front of each layer's own, each [1, Hkv, P, D]. */
  past?: readonly KeyValues[];
  /** Embeddings in front of the text's, [1, P, C]. */
  prompt?: Tensor;
  /** Added to the training loss, a scalar. */
  penalty?: Tensor;
  /** True where the head computes something else than its weight times the hidden state. */
  changesHead?: boolean;
}

/** Drops elements of a tensor with the probability given, and scales the rest up; the identity outside training. */
export type Dropout = (x: Tensor, probability: number) => Tensor;

/** Where a training step gets its chance from. */
export interface Chance {
  dropout: Dropout;
  /** Numbers in (0, 1), other ones for each site and step; left out outside training, where gates stand still. */
  uniform?: (site: string, shape: Shape) => Tensor;
}

/** No chance at all: what inference runs with. */
export const certain: Chance = { dropout: (x) => x };

/** An adapter as it is written: what other programs read, and what training goes on from where that is more. */
export interface AdapterFile<C> {
  config: C;
  tensors: AdapterTensors<TensorValue>;
  trained?: AdapterTensors<TensorValue>;
}

/** What a method does between optimiser steps, such as moving ranks from layer to layer. */
export interface Keeper<C> {
  /** Called after optimiser step `step`, counted from 1. */
  afterStep(state: {
    step: number;
    params: AdapterTensors<TensorValue>;
    /** As the optimiser saw them, after clipping. */
    grads: AdapterTensors<TensorValue>;
  }): KeptStep | undefined;
  /** The config as it has become. */
  config(): C;
  /** What a checkpoint has to hold besides parameters and config. */
  save(): AdapterTensors<TensorValue>;
}

/** Tensors that replace the optimiser's; "restart" says that they are others than before, so its state is void. */
interface KeptStep {
  params: AdapterTensors<TensorValue>;
  optimiser: "continue" | "restart";
}

/**
 * One way of fine-tuning few parameters. Tensors are named as in the reference's file, so that files load both ways;
 * `attach` writes what they do into the graph, and gradients follow from that.
 */
export interface AdapterMethod<C extends AdapterConfig = AdapterConfig> {
  /** `peft_type` in adapter_config.json. */
  type: string;
  /** One line for lists and help. */
  summary: string;
  /** Whether a fresh adapter leaves the model as it was. */
  identityAtInit: boolean;
  /** Names of the options; left out, any are taken. */
  fields?: readonly string[];
  /** Checks a config and fills its defaults; unknown fields are kept. @throws {InputError} naming the field. */
  readConfig: (json: Readonly<Record<string, unknown>>) => C;
  /** The tensors of a fresh adapter. */
  init: (base: BaseModel, config: C, rng: Rng) => Promise<AdapterTensors<TensorValue>>;
  /** Shapes of the tensors that a file for this base holds, by their keys; a dimension with a name has any size. */
  shapes: (base: BaseModel, config: C) => Record<string, Shape>;
  /** The same of tensors that a file may leave out. */
  optionalShapes?: (base: BaseModel, config: C) => Record<string, Shape>;
  attach: (base: BaseModel, config: C, tensors: AdapterTensors<Tensor>, chance: Chance) => Attachment;
  /**
   * The base weights that change when the adapter is folded into them, by their names, as graph expressions of the
   * adapter's tensors. Left out where the method cannot be folded.
   */
  merge?: (base: BaseModel, config: C, tensors: AdapterTensors<Tensor>) => Record<string, Tensor>;
  /** Tensors that stay as they are while the others are trained. */
  isFrozen?: (key: string) => boolean;
  /** Frozen tensors that are positions: int32 in the file. */
  isIndex?: (key: string) => boolean;
  /**
   * The tensors of a file with what it leaves out because the base determines it: `attach` and `merge` take the result. Left
   * out, files are complete.
   */
  complete?: (
    base: BaseModel,
    config: C,
    file: Pick<AdapterFile<C>, "tensors" | "trained">,
  ) => Promise<AdapterTensors<TensorValue>>;
  /** How much faster than the others a tensor learns; left out, 1. */
  learningRateFactor?: (key: string, config: C, base?: BaseModel) => number;
  /** Left out, nothing happens between steps. */
  keeper?: (
    base: BaseModel,
    config: C,
    options: { totalSteps: number; saved?: AdapterTensors<TensorValue> },
  ) => Keeper<C>;
  /** The file of trained tensors; left out, it holds them as they are. */
  toFile?: (base: BaseModel, config: C, tensors: AdapterTensors<TensorValue>) => Promise<AdapterFile<C>>;
}
