import { linear, type Tensor } from "@loam/graph";
import type { Parameters } from "@loam/models";
import type { SortedTensors } from "./adapter-keys.ts";
import { baseLayer } from "./base-layer.ts";
import type { LayerMethodSpec } from "./layer-method.ts";
import { headOf } from "./linear-layers.ts";
import type { AdapterConfig, Attachment, BaseModel, Chance } from "./method.ts";
import { overlay } from "./overlay.ts";
import { alias, untiedHeads } from "./tied-weights.ts";
import { tokenRowsOf, withTokenColumns, withTokenRows } from "./token-rows.ts";

/** The weights that a method's layers work on: the base's, or those that the adapter holds whole. */
export function changedParameters(base: BaseModel, config: AdapterConfig, found: SortedTensors<Tensor>): Parameters {
  const before = overlay(base.model.parameters, found.base);
  return overlay(alias(before, untiedHeads(base, config, found.whole)), found.whole);
}

/** How an adapter on layers reaches into the forward pass. */
export function attachLayers<C extends AdapterConfig>(
  spec: LayerMethodSpec<C>,
  base: BaseModel,
  config: C,
  found: SortedTensors<Tensor>,
  chance: Chance,
): Attachment {
  const parameters = changedParameters(base, config, found);
  const byPath = new Map(base.linearLayers.map((layer) => [layer.path, layer]));
  const tokens = tokenRowsOf(base, config);
  const rowsOfHead = (path: string) => tokens.find((rows) => rows.path === path || rows.heads.includes(path));
  const head = headOf(base);
  const changesHead =
    head !== undefined &&
    (found.layers.has(head.path) ||
      rowsOfHead(head.path) !== undefined ||
      (parameters.has(`${head.path}.weight`) ? `${head.path}.weight` : head.weight) in found.whole ||
      head.weight in found.base);
  return {
    parameters,
    hooks: {
      linear: (path, x, forward) => {
        const params = found.layers.get(path);
        const rows = rowsOfHead(path);
        const plain = rows
          ? (input: Tensor) => withTokenColumns(forward(input), linear(input, found.tokens[rows.key]!), rows)
          : forward;
        return params
          ? spec.forward(baseLayer(byPath.get(path)!, parameters, plain), params, x, config, chance)
          : plain(x);
      },
      ...((spec.embedding || tokens.length > 0) && {
        embedding: (path, ids, forward) => {
          const params = found.layers.get(path);
          const rows = tokens.find((each) => each.path === path);
          const embedded = rows ? withTokenRows(forward(ids), ids, found.tokens[rows.key]!, rows) : forward(ids);
          const table = () => parameters.get(`${path}.weight`);
          return params ? spec.embedding!.forward({ path, table, embedded }, params, ids, config) : embedded;
        },
      }),
    },
    ...(changesHead && { changesHead }),
    ...(spec.penalty && { penalty: spec.penalty([...found.layers.values()], config) }),
  };
}
