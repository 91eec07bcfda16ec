import { type DecoderModel, type DecoderSessionOptions, type Model, TextGenerator } from "@loam/models";
import { readAdapter } from "../files/adapter-files.ts";
import { fitAdapter } from "../files/fit-adapter.ts";
import { baseModelOf } from "../layers/base-model.ts";
import {
  type AdapterConfig,
  type AdapterMethod,
  type AdapterTensors,
  type Attachment,
  type BaseModel,
  certain,
  type TensorValue,
} from "../layers/method.ts";
import { frozen } from "../numbers/tensor-value.ts";

/** How the adapter in a folder reaches into a model that runs, not trains. */
export async function openAdapter(folder: string, model: Model): Promise<Attachment> {
  const base = baseModelOf(model);
  const { method, config, tensors } = await fitAdapter(base, await readAdapter(folder));
  return method.attach(base, config, frozen(tensors), certain);
}

/** A decoder that writes text with an adapter attached. */
export async function openAdaptedGenerator(
  model: DecoderModel,
  adapterFolder: string,
  options: Pick<DecoderSessionOptions, "device" | "threads" | "memory"> = {},
): Promise<TextGenerator> {
  return TextGenerator.open(model, { ...options, ...(await openAdapter(adapterFolder, model)) });
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
