import { InputError, Rng } from "@loam/core";
import type { Tensor } from "@loam/graph";
import type { Parameters } from "@loam/models";
import type { z } from "zod";
import { type BaseLayer, baseLayer } from "./base-layer.ts";
import { fieldsOf, parseConfig } from "./config.ts";
import type { Fill } from "./initial.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, AdapterMethod, AdapterTensors, BaseModel, Chance, TensorValue } from "./method.ts";
import { overlay } from "./overlay.ts";
import { prefix, targetsOf, wholeTensors } from "./trained-modules.ts";

/** A tensor that a layer gets. */
export interface LayerParameter {
  shape: readonly number[];
  fill: Fill | ((rng: Rng, shape: readonly number[], base: { weight: TensorValue }) => Float32Array);
  /** Left out, yes; a tensor that files lack is made again from the base when they are read. */
  inFile?: boolean;
}

/** A tensor that every layer sees. */
interface SharedParameter {
  shape: readonly number[];
  make: () => Float32Array;
  inFile: boolean;
}

/** A method that changes linear layers one by one. Tensors are named by what follows the layer's path in the file. */
export interface LayerMethodSpec<C extends AdapterConfig> {
  type: string;
  summary: string;
  config: z.ZodType<C>;
  /** Refuses options that are not computed. @throws {UnsupportedError} */
  check?: (json: Readonly<Record<string, unknown>>) => void;
  identityAtInit: boolean;
  params: (layer: LinearLayer, config: C) => Record<string, LayerParameter>;
  /**
   * Tensors that all layers share, by their keys: frozen ones that the config and the layers' sizes determine. `inFile` says
   * whether files hold them. Each layer's `forward` and `merge` see them beside their own.
   */
  shared?: (layers: readonly LinearLayer[], config: C) => Record<string, SharedParameter>;
  /** Tensors of a layer in the file, where they are others than the fresh ones; a dimension with a name has any size. */
  fileShapes?: (layer: LinearLayer, config: C) => Record<string, readonly (number | string)[]>;
  /** x [..., I] → [..., O]. */
  forward: (base: BaseLayer, params: Readonly<Record<string, Tensor>>, x: Tensor, config: C, chance: Chance) => Tensor;
  /** weight [O, I] and bias [O] with the adapter folded in. */
  merge?: (
    base: { weight: Tensor; bias: Tensor | undefined; layer: LinearLayer },
    params: Readonly<Record<string, Tensor>>,
    config: C,
  ) => { weight: Tensor; bias: Tensor | undefined };
  /** Called before a tensor that the file lacks is made again. @throws {UnsupportedError} when it cannot be. */
  derive?: (config: C, key: string) => void;
  /** Added to the training loss. */
  penalty?: (layers: readonly Readonly<Record<string, Tensor>>[], config: C) => Tensor | undefined;
}

/** Makes a method of linear layers into one of whole models. */
export function layerMethod<C extends AdapterConfig>({
  more,
  ...spec
}: LayerMethodSpec<C> & {
  /** Parts of the method that do not go layer by layer. */
  more?: Pick<AdapterMethod<C>, "isFrozen" | "isIndex" | "complete" | "learningRateFactor" | "keeper" | "toFile">;
}): AdapterMethod<C> {
  const { type, summary, identityAtInit } = spec;
  const sharedOf = (base: BaseModel, config: C) => Object.entries(spec.shared?.(targetsOf(base, config), config) ?? {});
  const sorted = (base: BaseModel, config: C, tensors: AdapterTensors<Tensor>) => {
    const common = Object.fromEntries(sharedOf(base, config).map(([key]) => [key, tensors[key]!]));
    const own = Object.fromEntries(Object.entries(tensors).filter(([key]) => !Object.hasOwn(common, key)));
    const { layers, overrides } = sortTensors(base, own);
    for (const [path, params] of layers) layers.set(path, { ...params, ...common });
    return { layers, overrides };
  };
  return {
    type,
    summary,
    identityAtInit,
    fields: fieldsOf(spec.config),
    readConfig(json) {
      spec.check?.(json);
      return parseConfig(spec.config, json);
    },
    async init(base, config, rng) {
      const tensors: Record<string, TensorValue> = {};
      for (const layer of targetsOf(base, config)) {
        const weight = await weightOf(base, layer);
        for (const [suffix, { shape, fill }] of Object.entries(spec.params(layer, config))) {
          tensors[`${prefix}${layer.path}.${suffix}`] = { shape, data: fill(rng, shape, { weight }) };
        }
      }
      for (const [key, { shape, make }] of sharedOf(base, config)) tensors[key] = { shape, data: make() };
      const whole = wholeTensors(base, config);
      for (const [key, name] of Object.entries(whole)) tensors[key] = await base.read(name);
      return tensors;
    },
    shapes(base, config) {
      const shapes: Record<string, readonly (number | string)[]> = {};
      for (const layer of targetsOf(base, config)) {
        const params = Object.entries(spec.params(layer, config)).filter(([, { inFile = true }]) => inFile);
        const ofLayer =
          spec.fileShapes?.(layer, config) ?? Object.fromEntries(params.map(([suffix, { shape }]) => [suffix, shape]));
        for (const [suffix, shape] of Object.entries(ofLayer)) shapes[`${prefix}${layer.path}.${suffix}`] = shape;
      }
      for (const [key, { shape, inFile }] of sharedOf(base, config)) if (inFile) shapes[key] = shape;
      const whole = wholeTensors(base, config);
      for (const [key, name] of Object.entries(whole)) shapes[key] = base.model.parameters.get(name).shape;
      return shapes;
    },
    async complete(base, config, { tensors, trained }) {
      const completed: Record<string, TensorValue> = { ...tensors };
      for (const [key, { shape, make }] of sharedOf(base, config)) completed[key] ??= { shape, data: make() };
      for (const layer of targetsOf(base, config)) {
        const lacking = Object.entries(spec.params(layer, config)).filter(([, { inFile = true }]) => !inFile);
        for (const [suffix, { shape, fill }] of lacking) {
          const key = `${prefix}${layer.path}.${suffix}`;
          if (!trained?.[key]) spec.derive?.(config, key);
          completed[key] = trained?.[key] ?? {
            shape,
            data: fill(new Rng(0), shape, { weight: await weightOf(base, layer) }),
          };
        }
      }
      return completed;
    },
    ...more,
    attach(base, config, tensors, chance) {
      const { layers, overrides } = sorted(base, config, tensors);
      const parameters = overlay(base.model.parameters, overrides);
      const byPath = new Map(base.linearLayers.map((layer) => [layer.path, layer]));
      return {
        parameters,
        hooks: {
          linear: (path, x, forward) => {
            const params = layers.get(path);
            return params
              ? spec.forward(baseLayer(byPath.get(path)!, parameters, forward), params, x, config, chance)
              : forward(x);
          },
        },
        ...(spec.penalty && { penalty: spec.penalty([...layers.values()], config) }),
      };
    },
    ...(spec.merge && {
      merge(base, config, tensors) {
        const { layers, overrides } = sorted(base, config, tensors);
        const parameters = overlay(base.model.parameters, overrides);
        const merged: Record<string, Tensor> = { ...overrides };
        for (const layer of base.linearLayers) {
          const params = layers.get(layer.path);
          if (params) Object.assign(merged, mergeLayer(spec, layer, parameters, params, config));
        }
        return merged;
      },
    }),
  };
}

function mergeLayer<C extends AdapterConfig>(
  spec: LayerMethodSpec<C>,
  layer: LinearLayer,
  parameters: Parameters,
  params: Readonly<Record<string, Tensor>>,
  config: C,
): Record<string, Tensor> {
  // A layer whose weight is another's (a head tied to the embeddings) gets its own: the other stays as it is.
  const own = `${layer.path}.weight`;
  const view = baseLayer({ ...layer, weight: parameters.has(own) ? own : layer.weight }, parameters, (x) => x);
  const { weight, bias } = spec.merge!({ weight: view.weightTensor(), bias: view.biasTensor(), layer }, params, config);
  return { [own]: view.toLayout(weight), ...(bias && { [`${layer.path}.bias`]: bias }) };
}

/** A layer's weight as [O, I]. */
async function weightOf(base: BaseModel, { weight, layout }: LinearLayer): Promise<TensorValue> {
  const { shape, data } = await base.read(weight);
  if (layout === "out,in") return { shape, data };
  const [I, O] = shape as [number, number];
  return { shape: [O, I], data: Float32Array.from(data, (_, at) => data[(at % I) * O + Math.floor(at / I)]!) };
}

/** Adapter tensors by layer and suffix, and those that replace a base parameter (trained biases, `modules_to_save`). */
function sortTensors(base: BaseModel, tensors: AdapterTensors<Tensor>) {
  const layers = new Map<string, Record<string, Tensor>>();
  const overrides: Record<string, Tensor> = {};
  const paths = base.linearLayers.map((layer) => layer.path).sort((a, b) => b.length - a.length);
  for (const [key, tensor] of Object.entries(tensors)) {
    const name = key.slice(key.startsWith(prefix) ? prefix.length : 0);
    const parameter = name.replace(".base_layer.", ".").replace(/\.modules_to_save\.[^.]+\./, ".");
    if (base.model.parameters.has(parameter)) {
      overrides[parameter] = tensor;
      continue;
    }
    const path = paths.find((candidate) => name.startsWith(`${candidate}.`));
    if (path === undefined) {
      throw new InputError(
        "foreign_adapter",
        `The adapter's tensor "${key}" belongs to no layer of ${base.model.name}.`,
        {
          details: { key, base: base.model.name },
          hint: "the adapter was made for another base model",
        },
      );
    }
    if (!layers.has(path)) layers.set(path, {});
    layers.get(path)![name.slice(path.length + 1)] = tensor;
  }
  return { layers, overrides };
}
