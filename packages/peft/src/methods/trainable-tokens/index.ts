import type { Tensor } from "@loam/graph";
import type { SortedTensors } from "../../layers/adapter-keys.ts";
import { fieldsOf, parseConfig } from "../../layers/config.ts";
import { attachLayers } from "../../layers/layer-attachment.ts";
import { mergeLayers } from "../../layers/layer-merge.ts";
import type { LayerMethodSpec } from "../../layers/layer-method.ts";
import type { AdapterConfig, AdapterMethod, AdapterTensors, BaseModel, TensorValue } from "../../layers/method.ts";
import { matchTargets } from "../../layers/targets.ts";
import { initialRows, type TokenRows, tokenRowsOf } from "../../layers/token-rows.ts";
import { prefix } from "../../layers/trained-modules.ts";
import { TrainableTokensConfig } from "./config.ts";

/**
 * Trains the embeddings of a few tokens and nothing else: the file holds their rows [n, C] whole, under PEFT's
 * `PATH.trainable_tokens_delta`. A head that is tied to the table gets them too, and its copy of them stands in the file.
 */
export const trainableTokens: AdapterMethod<TrainableTokensConfig> = {
  type: "TRAINABLE_TOKENS",
  summary: "the embeddings of a few tokens only",
  identityAtInit: true,
  fields: fieldsOf(TrainableTokensConfig),
  readConfig: (json) => parseConfig(TrainableTokensConfig, json),
  async init(base, config) {
    const tensors: Record<string, TensorValue> = {};
    for (const rows of rowsOf(base, config)) tensors[keyOf(rows.path)] = await initialRows(base, rows);
    return tensors;
  },
  shapes: (base, config) =>
    Object.fromEntries(rowsOf(base, config).map((rows) => [keyOf(rows.path), shapeOf(base, rows)])),
  optionalShapes: (base, config) =>
    Object.fromEntries(
      rowsOf(base, config).flatMap((rows) => rows.heads.map((head) => [keyOf(head), shapeOf(base, rows)] as const)),
    ),
  async complete(base, config, { tensors }) {
    const copies = new Set(rowsOf(base, config).flatMap(({ heads }) => heads.map(keyOf)));
    return Object.fromEntries(Object.entries(tensors).filter(([key]) => !copies.has(key)));
  },
  async toFile(base, config, tensors) {
    const copies = rowsOf(base, config).flatMap(({ path, heads }) =>
      heads.map((head) => [keyOf(head), tensors[keyOf(path)]!] as const),
    );
    return { config, tensors: { ...tensors, ...Object.fromEntries(copies) } };
  },
  attach: (base, config, tensors, chance) =>
    attachLayers(nothingElse, base, asIndices(base, config), sorted(base, config, tensors), chance),
  merge: (base, config, tensors) =>
    mergeLayers(nothingElse, base, asIndices(base, config), sorted(base, config, tensors)),
};

const keyOf = (path: string): string => `${prefix}${path}.trainable_tokens_delta`;

const shapeOf = ({ model }: BaseModel, { weight, indices }: TokenRows) =>
  [indices.length, model.parameters.get(weight).shape[1]!] as const;

const rowsOf = (base: BaseModel, config: TrainableTokensConfig): TokenRows[] =>
  tokenRowsOf(base, asIndices(base, config));

/** The same as `trainable_token_indices` of a LoRA. */
function asIndices(base: BaseModel, { target_modules, token_indices }: TrainableTokensConfig): AdapterConfig {
  const paths = base.embeddings.map(({ path }) => path);
  const chosen = target_modules
    ? matchTargets(paths, { targetModules: target_modules }, { kind: "embedding tables" })
    : paths.slice(0, 1);
  const trainable_token_indices = Object.fromEntries(chosen.map((path) => [path, token_indices]));
  return { peft_type: "TRAINABLE_TOKENS", trainable_token_indices };
}

function sorted(
  base: BaseModel,
  config: TrainableTokensConfig,
  tensors: AdapterTensors<Tensor>,
): SortedTensors<Tensor> {
  const tokens = Object.fromEntries(rowsOf(base, config).map(({ key, path }) => [key, tensors[keyOf(path)]!]));
  return { layers: new Map(), whole: {}, base: {}, tokens };
}

const nothingElse = {} as LayerMethodSpec<AdapterConfig>;
