import type { Tensor } from "@loam/graph";
import type { Parameters } from "@loam/models";
import type { SortedTensors } from "./adapter-keys.ts";
import { baseLayer } from "./base-layer.ts";
import { changedParameters } from "./layer-attachment.ts";
import type { LayerMethodSpec } from "./layer-method.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, BaseModel } from "./method.ts";
import { untiedHeads } from "./tied-weights.ts";
import { mergedRows, tokenRowsOf } from "./token-rows.ts";
import { adaptedLayers } from "./trained-modules.ts";

/**
 * The base weights that change when an adapter on layers is folded into them. A head that was its embedding table gets a
 * weight of its own where the two come out different.
 */
export function mergeLayers<C extends AdapterConfig>(
  spec: LayerMethodSpec<C>,
  base: BaseModel,
  config: C,
  found: SortedTensors<Tensor>,
): Record<string, Tensor> {
  const parameters = changedParameters(base, config, found);
  const merged: Record<string, Tensor> = { ...found.base, ...found.whole };
  for (const { path } of base.embeddings) {
    const params = found.layers.get(path);
    const table = parameters.get(`${path}.weight`);
    if (params) merged[`${path}.weight`] = spec.embedding!.merge({ path, table }, params, config);
  }
  for (const layer of base.linearLayers) {
    const params = found.layers.get(layer.path);
    if (params && !isFollowed(spec, base, config, layer, params))
      Object.assign(merged, mergeLayer(spec, layer, parameters, params, config));
  }
  const rows = tokenRowsOf(base, config);
  for (const tokens of rows) {
    const name = `${tokens.path}.weight`;
    const table = merged[name] ?? parameters.get(parameters.has(name) ? name : tokens.weight);
    merged[name] = mergedRows(table, found.tokens[tokens.key]!, tokens);
  }
  const followed = new Set(rows.flatMap(({ heads }) => heads.map((path) => `${path}.weight`)));
  for (const [name, table] of Object.entries(untiedHeads(base, config, merged)))
    if (!followed.has(name) && merged[table] !== found.base[table])
      merged[name] = parameters.get(parameters.has(name) ? name : table);
  return merged;
}

/** Whether a head stays its table because its change is the table's, and nothing more. */
function isFollowed<C extends AdapterConfig>(
  { embedding }: LayerMethodSpec<C>,
  base: BaseModel,
  config: C,
  layer: LinearLayer,
  params: Readonly<Record<string, Tensor>>,
): boolean {
  if (!embedding) return false;
  const { tied } = adaptedLayers(base, config, { embeddings: true });
  return tied.includes(layer) && Object.keys(params).every((name) => name in embedding.tied);
}

function mergeLayer<C extends AdapterConfig>(
  spec: LayerMethodSpec<C>,
  layer: LinearLayer,
  parameters: Parameters,
  params: Readonly<Record<string, Tensor>>,
  config: C,
): Record<string, Tensor> {
  // A layer whose weight is another's (a head tied to the embeddings) gets its own: the other stays as it is.
  const view = baseLayer(layer, parameters, (x) => x);
  const { weight, bias } = spec.merge!({ weight: view.weightTensor(), bias: view.biasTensor(), layer }, params, config);
  return { [`${layer.path}.weight`]: view.toLayout(weight), ...(bias && { [`${layer.path}.bias`]: bias }) };
}
