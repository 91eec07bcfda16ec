import { execWithinTime, InputError } from "@loam/core";
import type { Shape } from "@loam/graph";
import { parameterShapes } from "@loam/models";
import { fieldsOf, parseConfig } from "../../layers/config.ts";
import type { AdapterMethod, BaseModel, TensorValue } from "../../layers/method.ts";
import { overlay } from "../../layers/overlay.ts";
import { FullConfig } from "./config.ts";

/**
 * Full fine-tuning, of all weights or of those that patterns name. Tensors are named as in the base; a tied table is one tensor and
 * gets the gradient of both its uses. The file holds the weights that were trained.
 */
export const full: AdapterMethod<FullConfig> = {
  type: "FULL",
  summary: "the model's own weights, all or some",
  identityAtInit: true,
  fields: fieldsOf(FullConfig),
  readConfig(json) {
    const config = parseConfig(FullConfig, json);
    for (const field of ["train", "freeze"] as const)
      for (const [i, pattern] of (config[field] ?? []).entries()) checkPattern(pattern, `${field}.${i}`);
    return config;
  },
  async init(base, config) {
    const tensors: Record<string, TensorValue> = {};
    for (const name of trainedOf(base, config)) tensors[name] = await base.read(name);
    if (Object.keys(tensors).length > 0) return tensors;
    const some = namesOf(base).slice(0, 3);
    throw new InputError("nothing_trained", `${base.model.name}: \`train\` and \`freeze\` leave no weight to train.`, {
      details: { train: config.train, freeze: config.freeze },
      hint: `the weights are named ${some.join(", ")}, …`,
    });
  },
  shapes(base, config) {
    const shapes: Record<string, Shape> = {};
    for (const name of trainedOf(base, config)) shapes[name] = base.model.parameters.get(name).shape;
    return shapes;
  },
  attach: (base, _config, tensors) => ({
    parameters: overlay(base.model.parameters, tensors),
    changesHead: (base.linearLayers.at(-1)?.weight ?? "") in tensors,
  }),
  merge: (_base, _config, tensors) => ({ ...tensors }),
  learningRateFactor(key, { layer_lr_decay: decay }, base) {
    if (decay === 1 || !base) return 1;
    const layers = 1 + Math.max(-1, ...namesOf(base).map(layerOf));
    const layer = layerOf(key);
    if (layer >= 0) return decay ** (layers - 1 - layer);
    return base.embeddings.some(({ path }) => key === `${path}.weight`) ? decay ** layers : 1;
  },
};

/** The layer that a weight belongs to, -1 for those above and below all layers. */
const layerOf = (name: string): number => Number(/\.(?:layers|h|layer)\.(\d+)\./.exec(name)?.[1] ?? -1);

const namesOf = ({ model }: BaseModel): string[] =>
  Object.keys(parameterShapes(model)).filter((name) => model.parameters.has(name));

function trainedOf(base: BaseModel, { train, freeze }: FullConfig): string[] {
  const anyOf = (patterns: readonly string[]) => {
    const compiled = patterns.map((pattern) => new RegExp(pattern));
    return (name: string) => compiled.some((pattern) => execWithinTime(pattern, name));
  };
  const [wanted, frozen] = [train ? anyOf(train) : () => true, anyOf(freeze ?? [])];
  return namesOf(base).filter((name) => wanted(name) && !frozen(name));
}

function checkPattern(pattern: string, field: string): void {
  try {
    new RegExp(pattern);
  } catch (cause) {
    throw new InputError(
      "bad_adapter_config",
      `adapter_config.json: \`${field}\` is ${JSON.stringify(pattern)}: ${(cause as Error).message}.`,
      { details: { field, got: pattern }, hint: "give a regular expression", cause },
    );
  }
}
