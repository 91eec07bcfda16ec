import { InputError } from "@loam/core";
import type { AdapterTensors, BaseModel } from "./method.ts";
import { tiedLayers } from "./tied-weights.ts";
import { prefix } from "./trained-modules.ts";

/** The tensors of an adapter by what they do. */
export interface SortedTensors<T> {
  /** Of linear layers and embedding tables: by path, then by what follows it in the file. */
  layers: Map<string, Record<string, T>>;
  /** Parameters that are trained whole (biases, `modules_to_save`). */
  whole: Record<string, T>;
  /** What the base's own weights are, where the file says so (`lm_head.base_layer.weight`). */
  base: Record<string, T>;
  /** Rows of trained tokens, by their keys. */
  tokens: Record<string, T>;
}

/**
 * The tensors of an adapter by where they belong.
 *
 * @throws {InputError} `foreign_adapter` for one that belongs to no layer of the base.
 */
export function sortTensors<T>(base: BaseModel, tensors: AdapterTensors<T>): SortedTensors<T> {
  const sorted: SortedTensors<T> = { layers: new Map(), whole: {}, base: {}, tokens: {} };
  const tied = new Map(tiedLayers(base).map(({ path, weight }) => [`${path}.weight`, weight]));
  const paths = [...base.linearLayers, ...base.embeddings]
    .map((layer) => layer.path)
    .sort((a, b) => b.length - a.length);
  for (const [key, tensor] of Object.entries(tensors)) {
    const name = key.slice(key.startsWith(prefix) ? prefix.length : 0);
    if (name.endsWith(".trainable_tokens_delta")) {
      sorted.tokens[key] = tensor;
      continue;
    }
    const parameter = name.replace(".base_layer.", ".").replace(/\.modules_to_save\.[^.]+\./, ".");
    if (base.model.parameters.has(parameter) || tied.has(parameter)) {
      if (isBaseWeight(key)) sorted.base[tied.get(parameter) ?? parameter] = tensor;
      else sorted.whole[parameter] = tensor;
      continue;
    }
    const path = paths.find((candidate) => name.startsWith(`${candidate}.`));
    if (path === undefined) {
      throw new InputError(
        "foreign_adapter",
        `The adapter's tensor "${key}" belongs to no layer of ${base.model.name}.`,
        { details: { key, base: base.model.name }, hint: "the adapter was made for another base model" },
      );
    }
    if (!sorted.layers.has(path)) sorted.layers.set(path, {});
    sorted.layers.get(path)![name.slice(path.length + 1)] = tensor;
  }
  return sorted;
}

/** Whether a tensor is a weight of the base that PEFT wrote beside an adapter on an embedding or a head. */
export const isBaseWeight = (key: string): boolean => key.endsWith(".base_layer.weight");
