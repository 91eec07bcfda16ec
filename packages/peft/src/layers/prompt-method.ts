import { type Rng, UnsupportedError } from "@loam/core";
import { compile, type Tensor } from "@loam/graph";
import type { DecoderModel } from "@loam/models";
import type { z } from "zod";
import type { Fill } from "../numbers/initial.ts";
import { toTensor, toValue, typesOf } from "../numbers/tensor-value.ts";
import { fieldsOf, isUnused, parseConfig, refuseUnsupported } from "./config.ts";
import type { AdapterConfig, AdapterMethod, AdapterTensors, Attachment, BaseModel, TensorValue } from "./method.ts";

/** Shapes and initial values of an encoder's tensors. */
export type PromptParameters = Record<string, { shape: readonly number[]; fill: Fill }>;

/** A method that learns virtual tokens: an encoder makes their embeddings, which is all that the file holds. */
export interface PromptMethodSpec<C extends AdapterConfig> {
  type: string;
  summary: string;
  config: z.ZodType<C>;
  /** Tensors of the encoder by what follows `prompt_encoder.`. */
  params: (model: DecoderModel, config: C) => PromptParameters;
  /** Values of some of them that the model determines. */
  start?: (model: DecoderModel, config: C, rng: Rng) => Promise<Partial<Record<string, Float32Array>>>;
  /** Tensors of the encoder → [P, W], a row for each virtual token. */
  encode: (params: Readonly<Record<string, Tensor>>, config: C) => Tensor;
  /** What the rows do in the model. */
  attach: (embeddings: Tensor, model: DecoderModel, config: C) => Attachment;
  /** W: how many numbers a virtual token has. */
  width: (model: DecoderModel) => number;
  /** Fields that PEFT writes about the base model. */
  modelFields: (model: DecoderModel, config: C) => Record<string, number | string>;
}

const encoderPrefix = "prompt_encoder.";
const folded = "prompt_embeddings";

/** Makes a prompt encoder into a method. Tensors are the encoder's while training, or its product as read from a file. */
export function promptMethod<C extends AdapterConfig>(spec: PromptMethodSpec<C>): AdapterMethod<C> {
  const encode = (config: C, tensors: AdapterTensors<Tensor>): Tensor =>
    tensors[folded] ?? spec.encode(unprefixed(tensors), config);
  return {
    type: spec.type,
    summary: spec.summary,
    identityAtInit: false,
    fields: fieldsOf(spec.config),
    readConfig(json) {
      refuseUnsupported(spec.type, json, { modules_to_save: isUnused });
      return parseConfig(spec.config, json);
    },
    async init(base, config, rng) {
      const model = decoderOf(base, spec.type);
      const given = (await spec.start?.(model, config, rng)) ?? {};
      return Object.fromEntries(
        Object.entries(spec.params(model, config)).map(([name, { shape, fill }]) => [
          encoderPrefix + name,
          { shape, data: given[name] ?? fill(rng, shape) },
        ]),
      );
    },
    shapes: (base, config) => ({
      [folded]: [Number(config.num_virtual_tokens), spec.width(decoderOf(base, spec.type))],
    }),
    attach: (base, config, tensors) => spec.attach(encode(config, tensors), decoderOf(base, spec.type), config),
    async toFile(base, config, tensors) {
      const complete = { ...config, ...spec.modelFields(decoderOf(base, spec.type), config) };
      if (tensors[folded]) return { config: complete, tensors };
      return {
        config: complete,
        tensors: { [folded]: await run(tensors, (params) => encode(config, params)) },
        trained: tensors,
      };
    },
  };
}

/** One tensor computed from others, once. */
async function run(
  tensors: AdapterTensors<TensorValue>,
  fn: (tensors: AdapterTensors<Tensor>) => Tensor,
): Promise<TensorValue> {
  const program = await compile((inputs: Record<string, Tensor>) => ({ result: fn(inputs) }), {
    inputs: typesOf(tensors),
  });
  try {
    const values = Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, toValue(tensor)]));
    return toTensor((await program(values)).result);
  } finally {
    await program.close();
  }
}

function unprefixed<T>(tensors: AdapterTensors<T>): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key.slice(encoderPrefix.length), tensor]));
}

function decoderOf({ model }: BaseModel, type: string): DecoderModel {
  if (model.kind === "decoder") return model;
  throw new UnsupportedError(`${type} needs a decoder; ${model.name} is an encoder.`, {
    hint: "use LoRA or a bottleneck adapter for encoders",
  });
}
