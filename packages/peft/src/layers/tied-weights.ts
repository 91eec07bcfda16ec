import type { Tensor } from "@loam/graph";
import type { Parameters } from "@loam/models";
import type { LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, BaseModel } from "./method.ts";
import { wholeMatch } from "./targets.ts";

/** The modules that PEFT 0.21 looks for when it asks whether an adapter touches tied weights (`EMBEDDING_LAYER_NAMES`). */
const embeddingNames = ["embed_tokens", "lm_head"];

/** Linear layers without a weight of their own: output heads that multiply by an embedding table. */
export function tiedLayers({ linearLayers }: BaseModel): LinearLayer[] {
  return linearLayers.filter(({ path, weight }) => weight !== `${path}.weight`);
}

/**
 * What `ensure_weight_tying` keeps together in a model whose head is its embedding table: "modules" that are trained whole, or
 * the "targets" of the method. Undefined where nothing is, and the two go separate ways (`_check_tied_modules` of PEFT 0.21).
 */
export function keptTied(base: BaseModel, config: AdapterConfig): "modules" | "targets" | undefined {
  if (config.ensure_weight_tying !== true || tiedLayers(base).length === 0) return undefined;
  const isEmbedding = (name: string) => embeddingNames.includes(name.slice(name.lastIndexOf(".") + 1));
  if (((config.modules_to_save as string[] | null | undefined) ?? []).some(isEmbedding)) return "modules";
  const targets = config.target_modules as string[] | string | undefined;
  const touches =
    typeof targets === "string" ? embeddingNames.some((name) => wholeMatch(targets, name)) : targets?.some(isEmbedding);
  return touches ? "targets" : undefined;
}

/** A head that is trained apart from its table keeps what the table was: names of weights, and whose they begin as. */
export function untiedHeads(
  base: BaseModel,
  config: AdapterConfig,
  changed: Readonly<Record<string, unknown>>,
): Record<string, string> {
  if (keptTied(base, config) !== undefined) return {};
  const heads = tiedLayers(base).filter(({ path, weight }) => weight in changed && !(`${path}.weight` in changed));
  return Object.fromEntries(heads.map(({ path, weight }) => [`${path}.weight`, weight]));
}

/** Parameters under further names. */
export function alias(parameters: Parameters, names: Readonly<Record<string, string>>): Parameters {
  if (Object.keys(names).length === 0) return parameters;
  const of = (name: string): string => names[name] ?? name;
  return {
    rearrange: parameters.rearrange,
    has: (name) => parameters.has(of(name)),
    get: (name): Tensor => parameters.get(of(name)),
    ...(parameters.packedMatmul && { packedMatmul: (name, x) => parameters.packedMatmul!(of(name), x) }),
  };
}
