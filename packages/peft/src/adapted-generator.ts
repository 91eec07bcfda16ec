import { type DecoderModel, type DecoderSessionOptions, TextGenerator } from "@loam/models";
import { readAdapter } from "./adapter-files.ts";
import { baseModelOf } from "./base-model.ts";
import {
  type AdapterConfig,
  type AdapterMethod,
  type AdapterTensors,
  type BaseModel,
  certain,
  type TensorValue,
} from "./method.ts";
import { frozen } from "./tensor-value.ts";

/** A decoder that writes text with an adapter attached. */
export async function openAdaptedGenerator(
  model: DecoderModel,
  adapterFolder: string,
  options: Pick<DecoderSessionOptions, "device" | "threads" | "memory"> = {},
): Promise<TextGenerator> {
  const { method, config, tensors } = await readAdapter(adapterFolder);
  return adaptedGenerator(baseModelOf(model), method, config, tensors, options);
}

/** The same with an adapter in memory. */
export async function adaptedGenerator<C extends AdapterConfig>(
  base: BaseModel,
  method: AdapterMethod<C>,
  config: C,
  tensors: AdapterTensors<TensorValue>,
  options: Pick<DecoderSessionOptions, "device" | "threads" | "memory"> = {},
): Promise<TextGenerator> {
  const attachment = method.attach(base, config, frozen(tensors), certain);
  return TextGenerator.open(base.model as DecoderModel, { ...options, ...attachment });
}
