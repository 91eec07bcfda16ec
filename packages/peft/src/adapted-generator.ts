import { compile, type Tensor, unsqueeze, type Value, value, weight } from "@loam/graph";
import { type DecoderModel, type DecoderSessionOptions, type KeyValues, Modules, TextGenerator } from "@loam/models";
import { readAdapter } from "./adapter-files.ts";
import { baseModelOf } from "./base-model.ts";
import {
  type AdapterConfig,
  type AdapterMethod,
  type AdapterTensors,
  type Attachment,
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
  const model = base.model as DecoderModel;
  const { hooks, parameters, past, prompt } = method.attach(base, config, frozen(tensors), certain);
  const prefix = prompt ? await promptPrefix(model, { hooks, parameters, prompt }) : past;
  return TextGenerator.open(model, { ...options, hooks, parameters, prefix });
}

/** A learned prompt as the keys and values that the model makes of it, which is all that later tokens see. */
async function promptPrefix(
  model: DecoderModel,
  { hooks, parameters = model.parameters, prompt }: Attachment & { prompt: Tensor },
): Promise<KeyValues[]> {
  const { architecture, config } = model;
  const P = prompt.shape[1] as number;
  const program = await compile(
    (x: { positions: Tensor; mask: Tensor }) => ({
      present: architecture.forward(new Modules(parameters, hooks), config, {
        embeddings: prompt,
        positions: unsqueeze(x.positions, 0),
        mask: x.mask,
      }).present,
    }),
    { inputs: { positions: { dtype: "int64", shape: [P] }, mask: { dtype: "bool", shape: [1, P] } } },
  );
  const { present } = await program({
    positions: value(
      Array.from({ length: P }, (_, i) => i),
      [P],
      "int64",
    ),
    mask: value(new Uint8Array(P).fill(1), [1, P], "bool"),
  });
  await program.close();
  const freeze = (name: string, { dims, data }: Value): Tensor =>
    weight({ name, dtype: "float32", shape: dims, source: { data: (data as Float32Array).slice() } });
  return present.map(({ key, value }, layer) => ({
    key: freeze(`prompt.${layer}.key`, key),
    value: freeze(`prompt.${layer}.value`, value),
  }));
}
