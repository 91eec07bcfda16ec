import { InputError, type Rng, ShapeError } from "@loam/core";
import type { Tensor } from "@loam/graph";
import type { Parameters } from "@loam/models";
import type { z } from "zod";
import { type BaseLayer, baseLayer } from "./base-layer.ts";
import { parseConfig } from "./config.ts";
import type { Fill } from "./initial.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, AdapterMethod, AdapterTensors, BaseModel, Chance, TensorValue } from "./method.ts";
import { overlay } from "./overlay.ts";
import { matchTargets, type TargetSpec } from "./targets.ts";

/** A tensor that a layer gets. */
export interface LayerParameter {
  shape: readonly number[];
  fill: Fill | ((rng: Rng, shape: readonly number[], base: { weight: TensorValue }) => Float32Array);
}

/** A method that changes linear layers one by one. Tensors are named by what follows the layer's path in the file. */
export interface LayerMethodSpec<C extends AdapterConfig> {
  type: string;
  summary: string;
  config: z.ZodType<C>;
  identityAtInit: boolean;
  params: (layer: LinearLayer, config: C) => Record<string, LayerParameter>;
  /** x [..., I] → [..., O]. */
  forward: (base: BaseLayer, params: Readonly<Record<string, Tensor>>, x: Tensor, config: C, chance: Chance) => Tensor;
  /** weight [O, I] and bias [O] with the adapter folded in. */
  merge?: (
    base: { weight: Tensor; bias: Tensor | undefined; layer: LinearLayer },
    params: Readonly<Record<string, Tensor>>,
    config: C,
  ) => { weight: Tensor; bias: Tensor | undefined };
  /** Added to the training loss. */
  penalty?: (layers: readonly Readonly<Record<string, Tensor>>[], config: C) => Tensor | undefined;
}

/** What stands before a module's path in adapter files. */
export const prefix = "base_model.model.";

/** Makes a method of linear layers into one of whole models. */
export function layerMethod<C extends AdapterConfig>({
  more,
  ...spec
}: LayerMethodSpec<C> & {
  /** Parts of the method that do not go layer by layer. */
  more?: Pick<AdapterMethod<C>, "isIndex" | "learningRateFactor" | "keeper" | "toFile">;
}): AdapterMethod<C> {
  const { type, summary, identityAtInit } = spec;
  return {
    type,
    summary,
    identityAtInit,
    readConfig: (json) => parseConfig(spec.config, json),
    async init(base, config, rng) {
      const tensors: Record<string, TensorValue> = {};
      for (const layer of targetsOf(base, config)) {
        const weight = await weightOf(base, layer);
        for (const [suffix, { shape, fill }] of Object.entries(spec.params(layer, config))) {
          tensors[`${prefix}${layer.path}.${suffix}`] = { shape, data: fill(rng, shape, { weight }) };
        }
      }
      return { ...tensors, ...(await trainedBiases(base, config)) };
    },
    ...more,
    attach(base, config, tensors, chance) {
      const { layers, overrides } = sortTensors(base, tensors);
      const parameters = overlay(base.model.parameters, overrides);
      const byPath = new Map(base.linearLayers.map((layer) => [layer.path, layer]));
      return {
        parameters,
        hooks: {
          linear: (path, x, forward) => {
            const params = layers.get(path);
            if (!params) return forward(x);
            const layer = byPath.get(path)!;
            return fitting(base, layer, params, () =>
              spec.forward(baseLayer(layer, parameters, forward), params, x, config, chance),
            );
          },
        },
        ...(spec.penalty && { penalty: spec.penalty([...layers.values()], config) }),
      };
    },
    ...(spec.merge && {
      merge(base, config, tensors) {
        const { layers, overrides } = sortTensors(base, tensors);
        const parameters = overlay(base.model.parameters, overrides);
        const merged: Record<string, Tensor> = { ...overrides };
        for (const layer of base.linearLayers) {
          const params = layers.get(layer.path);
          if (params)
            Object.assign(
              merged,
              fitting(base, layer, params, () => mergeLayer(spec, layer, parameters, params, config)),
            );
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
  const view = baseLayer(layer, parameters, (x) => x);
  const { weight, bias } = spec.merge!({ weight: view.weightTensor(), bias: view.biasTensor(), layer }, params, config);
  return { [layer.weight]: view.toLayout(weight), ...(bias && { [`${layer.path}.bias`]: bias }) };
}

/** Runs what writes an adapter's layer into a graph. @throws {InputError} `foreign_adapter` when shapes do not fit. */
function fitting<T>(
  { model }: BaseModel,
  { path, inFeatures, outFeatures }: LinearLayer,
  params: Readonly<Record<string, Tensor>>,
  write: () => T,
): T {
  try {
    return write();
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    const shapes = Object.entries(params).map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
    throw new InputError(
      "foreign_adapter",
      `The adapter does not fit ${model.name}: ${path} goes from ${inFeatures} to ${outFeatures} features, but has ${shapes.join(", ")}.`,
      {
        details: { path, inFeatures, outFeatures, shapes },
        hint: "the adapter was made for another base model",
        cause,
      },
    );
  }
}

/** The layers that the config's `target_modules` choose. */
function targetsOf({ linearLayers, model }: BaseModel, config: AdapterConfig): LinearLayer[] {
  const spec: TargetSpec = {
    targetModules: config.target_modules as string[] | string,
    excludeModules: config.exclude_modules as string[] | undefined,
    layersToTransform: config.layers_to_transform as number[] | undefined,
    layersPattern: config.layers_pattern as string[] | undefined,
  };
  const head = model.kind === "decoder" ? linearLayers.at(-1)?.path : undefined;
  const chosen = new Set(
    matchTargets(
      linearLayers.map((layer) => layer.path),
      spec,
      head,
    ),
  );
  return linearLayers.filter((layer) => chosen.has(layer.path));
}

/** A layer's weight as [O, I]. */
async function weightOf(base: BaseModel, { weight, layout }: LinearLayer): Promise<TensorValue> {
  const { shape, data } = await base.read(weight);
  if (layout === "out,in") return { shape, data };
  const [I, O] = shape as [number, number];
  return { shape: [O, I], data: Float32Array.from(data, (_, at) => data[(at % I) * O + Math.floor(at / I)]!) };
}

/** `bias: "lora_only"` trains the biases of adapted layers too, `"all"` every bias of a linear layer. */
async function trainedBiases(base: BaseModel, config: AdapterConfig): Promise<Record<string, TensorValue>> {
  if (config.bias !== "lora_only" && config.bias !== "all") return {};
  const targets = new Set(targetsOf(base, config).map((layer) => layer.path));
  const layers = base.linearLayers.filter(
    ({ path, hasBias }) => hasBias && (config.bias === "all" || targets.has(path)),
  );
  const entries = layers.map(async ({ path }) => {
    const key = targets.has(path) ? `${path}.base_layer.bias` : `${path}.bias`;
    return [prefix + key, await base.read(`${path}.bias`)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
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
