import { type Tensor, transpose } from "@loam/graph";
import { isBaseWeight, sortTensors } from "./adapter-keys.ts";
import type { LayerMethodSpec } from "./layer-method.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, AdapterTensors, BaseModel, TensorValue } from "./method.ts";
import { keptTied, tiedLayers } from "./tied-weights.ts";
import { adaptedLayers, prefix } from "./trained-modules.ts";

/** Keys of tensors that PEFT writes a second time for weights that stay tied, and of those that they repeat. */
export interface Copies {
  whole: Readonly<Record<string, string>>;
  /** Repeated with the axes the other way round. */
  transposed: Readonly<Record<string, string>>;
}

/** The tensors of heads whose change is that of their table: each is the transpose of one of the table's. */
export function tiedCopies<C extends AdapterConfig>(
  { embedding }: LayerMethodSpec<C>,
  tied: readonly LinearLayer[],
): Record<string, string> {
  return Object.fromEntries(
    tied.flatMap(({ path, weight }) =>
      Object.entries(embedding?.tied ?? {}).map(([name, from]) => [
        `${prefix}${path}.${name}`,
        `${prefix}${tableOf(weight)}.${from}`,
      ]),
    ),
  );
}

/** Heads whose tensors a file may hold as copies of their table's, whole ones apart. */
export function copiedHeads(base: BaseModel, config: AdapterConfig): LinearLayer[] {
  if (config.ensure_weight_tying !== true) return [];
  const { linear } = adaptedLayers(base, { ...config, ensure_weight_tying: false }, { embeddings: true });
  return tiedLayers(base).filter((layer) => keptTied(base, config) === "targets" || !linear.includes(layer));
}

/** The same inside a graph. */
export function tiedParameters<C extends AdapterConfig>(
  { embedding }: LayerMethodSpec<C>,
  { weight }: LinearLayer,
  layers: ReadonlyMap<string, Readonly<Record<string, Tensor>>>,
): Record<string, Tensor> {
  const table = layers.get(tableOf(weight))!;
  return Object.fromEntries(
    Object.entries(embedding!.tied).map(([name, from]) => [name, transpose(table[from]!, [1, 0])]),
  );
}

const tableOf = (weight: string): string => weight.replace(/\.weight$/, "");

export function withCopies(
  tensors: AdapterTensors<TensorValue>,
  { whole, transposed }: Copies,
): AdapterTensors<TensorValue> {
  const all: Record<string, TensorValue> = { ...tensors };
  for (const [key, of] of Object.entries(whole)) if (tensors[of]) all[key] = tensors[of];
  for (const [key, of] of Object.entries(transposed)) if (tensors[of]) all[key] = turned(tensors[of]);
  return all;
}

export function withoutCopies(
  tensors: AdapterTensors<TensorValue>,
  { whole, transposed }: Copies,
): AdapterTensors<TensorValue> {
  return Object.fromEntries(Object.entries(tensors).filter(([key]) => !(key in whole) && !(key in transposed)));
}

/** Without the base's own weights that PEFT writes beside adapters on embeddings and heads, where they are the base's still. */
export async function withoutSameBase(
  base: BaseModel,
  tensors: AdapterTensors<TensorValue>,
): Promise<AdapterTensors<TensorValue>> {
  const kept: Record<string, TensorValue> = {};
  for (const [key, tensor] of Object.entries(tensors)) {
    if (!isBaseWeight(key)) kept[key] = tensor;
    else {
      const [name] = Object.keys(sortTensors(base, { [key]: tensor }).base);
      const { data } = await base.read(name!);
      if (!data.every((x, at) => x === tensor.data[at])) kept[key] = tensor;
    }
  }
  return kept;
}

function turned({ shape, data }: TensorValue): TensorValue {
  const [rows, columns] = shape as [number, number];
  return {
    shape: [columns, rows],
    data: Float32Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!),
  };
}
