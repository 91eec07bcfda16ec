import { mapTensors } from "../numbers/tensor-value.ts";
import type { LayerMethodSpec, LayerParameter } from "./layer-method.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, BaseModel, TensorValue } from "./method.ts";
import { type AdaptedLayers, prefix } from "./trained-modules.ts";

/** A tensor that an adapter has on a module. */
interface Place extends LayerParameter {
  key: string;
  shape: readonly number[];
  /** The base's weight as the module has it: [O, I], or a table [V, C]. */
  weight: () => Promise<TensorValue>;
}

/**
 * The tensors that a method has on the layers it goes on, in their order.
 *
 * @param of "file" for those that a file holds, where they are others than the fresh ones
 */
export function placesOf<C extends AdapterConfig>(
  spec: LayerMethodSpec<C>,
  base: BaseModel,
  { linear, embeddings, tied }: AdaptedLayers,
  config: C,
  { of = "training" }: { of?: "training" | "file" } = {},
): Place[] {
  const places: Place[] = [];
  const put = (path: string, params: Record<string, LayerParameter>, weight: Place["weight"]) => {
    for (const [suffix, parameter] of Object.entries(params))
      places.push({ key: `${prefix}${path}.${suffix}`, ...parameter, weight });
  };
  for (const layer of linear) {
    const inFile = of === "file" ? spec.fileShapes?.(layer, config) : undefined;
    // A dimension with a name has any size; who reads the file looks at the name.
    const params = inFile
      ? mapTensors(inFile, (shape): LayerParameter => ({ shape: shape as readonly number[], fill: noFill }))
      : spec.params(layer, config);
    put(layer.path, params, () => weightOf(base, layer));
  }
  for (const layer of embeddings)
    put(layer.path, spec.embedding!.params(layer, config), () => base.read(`${layer.path}.weight`));
  for (const layer of tied) {
    const own = Object.entries(spec.params(layer, config)).filter(([name]) => !(name in spec.embedding!.tied));
    put(layer.path, Object.fromEntries(own), () => weightOf(base, layer));
  }
  return places;
}

const noFill = (): never => {
  throw new Error("a tensor of a file has no fresh value");
};

/** A layer's weight as [O, I]. */
async function weightOf(base: BaseModel, { weight, layout }: LinearLayer): Promise<TensorValue> {
  const { shape, data } = await base.read(weight);
  if (layout === "out,in") return { shape, data };
  const [I, O] = shape as [number, number];
  return { shape: [O, I], data: Float32Array.from(data, (_, at) => data[(at % I) * O + Math.floor(at / I)]!) };
}
