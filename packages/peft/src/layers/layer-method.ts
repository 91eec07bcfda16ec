import { Rng } from "@loam/core";
import type { Tensor } from "@loam/graph";
import type { z } from "zod";
import type { Fill } from "../numbers/initial.ts";
import { isBaseWeight, type SortedTensors, sortTensors } from "./adapter-keys.ts";
import type { BaseLayer } from "./base-layer.ts";
import { fieldsOf, parseConfig } from "./config.ts";
import { attachLayers } from "./layer-attachment.ts";
import { mergeLayers } from "./layer-merge.ts";
import { placesOf } from "./layer-places.ts";
import type { EmbeddingLayer, LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, AdapterMethod, AdapterTensors, BaseModel, Chance, TensorValue } from "./method.ts";
import {
  type Copies,
  copiedHeads,
  tiedCopies,
  tiedParameters,
  withCopies,
  withoutCopies,
  withoutSameBase,
} from "./tied-copies.ts";
import { keptTied } from "./tied-weights.ts";
import { initialRows, tokenRowsOf } from "./token-rows.ts";
import { adaptedLayers, copiedTensors, prefix, wholeTensors } from "./trained-modules.ts";

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

type Params = Readonly<Record<string, Tensor>>;

/** What a method does to embedding tables. */
export interface EmbeddingMethodSpec<C> {
  params: (layer: EmbeddingLayer, config: C) => Record<string, LayerParameter>;
  /** ids [...] → [..., C]; `table` [V, C] is the base's, `embedded` what it gives for the ids. */
  forward: (
    base: { path: string; table: () => Tensor; embedded: Tensor },
    params: Params,
    ids: Tensor,
    config: C,
  ) => Tensor;
  /** The table [V, C] with the adapter folded in. */
  merge: (base: { path: string; table: Tensor }, params: Params, config: C) => Tensor;
  /** Tensors of a head that stays tied, and the table's tensors that they are the transposes of. */
  tied: Readonly<Record<string, string>>;
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
  forward: (base: BaseLayer, params: Params, x: Tensor, config: C, chance: Chance) => Tensor;
  /** weight [O, I] and bias [O] with the adapter folded in. */
  merge?: (
    base: { weight: Tensor; bias: Tensor | undefined; layer: LinearLayer },
    params: Params,
    config: C,
  ) => { weight: Tensor; bias: Tensor | undefined };
  /** Left out, the method leaves embedding tables alone. */
  embedding?: EmbeddingMethodSpec<C>;
  /** Called before a tensor that the file lacks is made again. @throws {UnsupportedError} when it cannot be. */
  derive?: (config: C, key: string) => void;
  /** Added to the training loss. */
  penalty?: (layers: readonly Params[], config: C) => Tensor | undefined;
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
  const adaptedOf = (base: BaseModel, config: C) =>
    adaptedLayers(base, config, { embeddings: spec.embedding !== undefined });
  const sharedOf = (base: BaseModel, config: C) =>
    Object.entries(spec.shared?.(adaptedOf(base, config).linear, config) ?? {});
  /** Second copies in files: those that may be there, those that are nothing of their own, and those that are written. */
  const copiesOf = (base: BaseModel, config: C, of: "check" | "read" | "write"): Copies => ({
    whole: of === "check" || keptTied(base, config) === "modules" ? copiedTensors(base, config) : {},
    transposed: tiedCopies(spec, of !== "write" ? copiedHeads(base, config) : adaptedOf(base, config).tied),
  });
  /** Every layer's tensors, with those that all share and those that follow from others. */
  const sorted = (base: BaseModel, config: C, tensors: AdapterTensors<Tensor>): SortedTensors<Tensor> => {
    const common = Object.fromEntries(sharedOf(base, config).map(([key]) => [key, tensors[key]!]));
    const own = Object.fromEntries(Object.entries(tensors).filter(([key]) => !Object.hasOwn(common, key)));
    const found = sortTensors(base, own);
    for (const [path, params] of found.layers) found.layers.set(path, { ...params, ...common });
    for (const head of adaptedOf(base, config).tied)
      found.layers.set(head.path, { ...found.layers.get(head.path), ...tiedParameters(spec, head, found.layers) });
    return found;
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
      for (const { key, shape, fill, weight } of placesOf(spec, base, adaptedOf(base, config), config))
        tensors[key] = { shape, data: fill(rng, shape, { weight: await weight() }) };
      for (const [key, { shape, make }] of sharedOf(base, config)) tensors[key] = { shape, data: make() };
      const whole = wholeTensors(base, config);
      for (const [key, name] of Object.entries(whole)) tensors[key] = await base.read(name);
      for (const tokens of tokenRowsOf(base, config)) tensors[tokens.key] = await initialRows(base, tokens);
      return tensors;
    },
    shapes(base, config) {
      const shapes: Record<string, readonly (number | string)[]> = {};
      const adapted = adaptedOf(base, config);
      for (const { key, shape, inFile = true } of placesOf(spec, base, adapted, config, { of: "file" }))
        if (inFile) shapes[key] = shape;
      for (const [key, { shape, inFile }] of sharedOf(base, config)) if (inFile) shapes[key] = shape;
      const whole = wholeTensors(base, config);
      for (const [key, name] of Object.entries(whole)) shapes[key] = base.model.parameters.get(name).shape;
      for (const { key, weight, indices } of tokenRowsOf(base, config))
        shapes[key] = [indices.length, base.model.parameters.get(weight).shape[1]!];
      return shapes;
    },
    optionalShapes(base, config) {
      const shapes: Record<string, readonly number[]> = {};
      const { linear, embeddings, tied } = adaptedOf(base, config);
      for (const { path, outFeatures: O, inFeatures: I, layout } of [...linear, ...tied])
        shapes[`${prefix}${path}.base_layer.weight`] = layout === "out,in" ? [O, I] : [I, O];
      for (const { path, rows, columns } of embeddings) shapes[`${prefix}${path}.base_layer.weight`] = [rows, columns];
      const { whole, transposed } = copiesOf(base, config, "check");
      for (const [key, of] of Object.entries(whole))
        shapes[key] = base.model.parameters.get(of.slice(prefix.length)).shape as number[];
      for (const layer of spec.embedding ? copiedHeads(base, config) : [])
        for (const [name, { shape }] of Object.entries(spec.params(layer, config)))
          if (`${prefix}${layer.path}.${name}` in transposed) shapes[`${prefix}${layer.path}.${name}`] = shape;
      return shapes;
    },
    ...more,
    async complete(base, config, file) {
      const { trained } = file;
      const own = await withoutSameBase(base, withoutCopies(file.tensors, copiesOf(base, config, "read")));
      const completed = { ...((await more?.complete?.(base, config, { ...file, tensors: own })) ?? own) };
      for (const [key, { shape, make }] of sharedOf(base, config)) completed[key] ??= { shape, data: make() };
      for (const { key, shape, fill, inFile = true, weight } of placesOf(spec, base, adaptedOf(base, config), config)) {
        if (inFile) continue;
        if (!trained?.[key]) spec.derive?.(config, key);
        completed[key] = trained?.[key] ?? { shape, data: fill(new Rng(0), shape, { weight: await weight() }) };
      }
      return completed;
    },
    isFrozen: (key) => isBaseWeight(key) || (more?.isFrozen?.(key) ?? false),
    async toFile(base, config, tensors) {
      const file = (await more?.toFile?.(base, config, tensors)) ?? { config, tensors };
      return { ...file, tensors: withCopies(file.tensors, copiesOf(base, config, "write")) };
    },
    attach: (base, config, tensors, chance) => attachLayers(spec, base, config, sorted(base, config, tensors), chance),
    ...(spec.merge && {
      merge: (base, config, tensors) => mergeLayers(spec, base, config, sorted(base, config, tensors)),
    }),
  };
}
