import { forecastMemory, type Model } from "@loam/models";
import { size } from "../../terminal/units.ts";

/** What `loam models info` says of a model. */
export interface ModelDescription {
  name: string;
  path: string;
  format: string;
  /** `model_type` of its config. */
  architecture: string;
  kind: Model["kind"];
  parameters: number;
  /** Numbers of parameters by how they are stored. */
  dtypes: Record<string, number>;
  layers: number;
  heads: number;
  hiddenSize: number;
  vocabSize: number;
  contextTokens: number;
  tokenizer: boolean;
  chatTemplate: boolean;
  /** What running it takes, keys and values of a full context (up to 4096 tokens) included; null for encoders. */
  memoryBytes: number | null;
}

export function describeModel(model: Model): ModelDescription {
  const { checkpoint, config } = model;
  const dtypes: Record<string, number> = {};
  const count = (dtype: string, shape: readonly number[]) => {
    dtypes[dtype] = (dtypes[dtype] ?? 0) + shape.reduce((a, b) => a * b, 1);
  };
  for (const { dtype, shape } of checkpoint.tensors.values()) count(dtype, shape);
  for (const { type, shape } of checkpoint.packed?.values() ?? []) count(type, shape);
  return {
    name: model.name,
    path: checkpoint.path,
    format: checkpoint.format,
    architecture: String(checkpoint.config.model_type),
    kind: model.kind,
    parameters: Object.values(dtypes).reduce((a, b) => a + b, 0),
    dtypes,
    layers: config.layers,
    heads: config.heads,
    hiddenSize: config.hiddenSize,
    vocabSize: config.vocabSize,
    contextTokens: config.maxPositions,
    tokenizer: model.tokenizer !== undefined,
    chatTemplate: model.chatTemplate !== undefined,
    memoryBytes: model.kind === "decoder" ? forecastMemory(model).totalBytes : null,
  };
}

/** The same as rows for people. */
export function modelFacts(model: ModelDescription): [string, string][] {
  const { dtypes, memoryBytes } = model;
  return [
    ["model", `${model.name} (${model.architecture}, ${model.kind})`],
    ["files", `${model.path} (${model.format})`],
    ["parameters", `${model.parameters.toLocaleString("en")} (${Object.keys(dtypes).join(", ")})`],
    ["layers", `${model.layers}, ${model.heads} heads, ${model.hiddenSize} wide`],
    ["vocabulary", `${model.vocabSize.toLocaleString("en")}${model.tokenizer ? "" : ", but no tokenizer"}`],
    ["context", `${model.contextTokens.toLocaleString("en")} tokens`],
    ...(model.kind === "decoder"
      ? [["chat template", model.chatTemplate ? "yes" : "none: it continues text"] as [string, string]]
      : []),
    ...(memoryBytes === null ? [] : [["memory", `about ${size(memoryBytes)} to run`] as [string, string]]),
  ];
}
