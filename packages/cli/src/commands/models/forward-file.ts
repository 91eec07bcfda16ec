import { ArgumentError, InputError } from "@loam/core";
import { readSafetensors, type TensorToWrite, writeSafetensors } from "@loam/formats";
import { type Device, floats, type Value } from "@loam/graph";
import { type ForwardInputs, type ForwardOptions, forward, type Model, openModel } from "@loam/models";
import type { Io } from "../../terminal/io.ts";

export interface ForwardFileOptions {
  input: string;
  output: string;
  /** Folder of an adapter, and whether it runs beside the weights or folded into them. */
  adapter?: string;
  merge: "attach" | "merge";
  device: Device;
  io: Pick<Io, "progress" | "signal">;
}

/**
 * Runs a model on the ids of one safetensors file and writes what it computes to another.
 *
 * @returns shapes of the tensors written, by name.
 * @throws {ArgumentError} when `--merge` comes without an adapter.
 */
export async function forwardFile(
  name: string,
  { input, output, adapter, merge, device, io }: ForwardFileOptions,
): Promise<Record<string, readonly number[]>> {
  if (merge === "merge" && adapter === undefined)
    throw new ArgumentError("merge", true, "an adapter to fold in", "give --adapter FOLDER");
  const inputs = await readInputs(input);
  const { signal } = io;
  const model = await openModel(name, { signal, onProgress: io.progress });
  const weights =
    adapter === undefined
      ? {}
      : merge === "merge"
        ? await folded(model, adapter, signal)
        : await attached(model, adapter);
  const { logits, hiddenStates, pooled } = await forward(model, inputs, { ...weights, device, signal });
  const tensors: [string, TensorToWrite][] = [
    ...(logits ? [["logits", toTensor(logits)] as [string, TensorToWrite]] : []),
    ["hidden_states", stack(hiddenStates)],
    ...(pooled ? [["pooler_output", toTensor(pooled)] as [string, TensorToWrite]] : []),
  ];
  await writeSafetensors(output, tensors, { metadata: { format: "pt" } });
  return Object.fromEntries(tensors.map(([tensor, { shape }]) => [tensor, shape]));
}

const inputNames = {
  input_ids: "inputIds",
  attention_mask: "attentionMask",
  position_ids: "positionIds",
  token_type_ids: "tokenTypeIds",
} as const;

async function readInputs(path: string): Promise<ForwardInputs> {
  const { tensors } = await readSafetensors(path);
  if (!tensors.has("input_ids"))
    throw new InputError("no_input_ids", `${path} holds no tensor "input_ids".`, {
      details: { path, tensors: [...tensors.keys()] },
      hint: `it has ${[...tensors.keys()].join(", ") || "none"}; write the ids as an integer tensor [B, T]`,
    });
  const inputs: Record<string, number[][]> = {};
  for (const [tensor, field] of Object.entries(inputNames)) {
    const given = tensors.get(tensor);
    if (!given) continue;
    const { dtype, shape, data } = given;
    if (!/^([IU]\d+|BOOL)$/.test(dtype) || shape.length !== 2)
      throw new InputError(
        "bad_input",
        `${path}: tensor "${tensor}" is ${dtype} [${shape.join(", ")}]; expected integers [B, T].`,
      );
    const [rows, columns] = shape as [number, number];
    const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
    inputs[field] = Array.from({ length: rows }, (_, b) => numbers.slice(b * columns, (b + 1) * columns));
  }
  return inputs as unknown as ForwardInputs;
}

async function attached(model: Model, adapter: string): Promise<Pick<ForwardOptions, "hooks" | "parameters">> {
  const { openAdapter } = await import("@loam/peft");
  const { hooks, parameters, past, prompt } = await openAdapter(adapter, model);
  if (past || prompt)
    throw new InputError("virtual_tokens", `${adapter} puts learned tokens in front of the text.`, {
      hint: "its logits have no place of their own in a plain forward pass; use `loam chat --adapter`",
    });
  return { hooks, parameters };
}

/** The model's weights with those that the adapter changes replaced. */
async function folded(model: Model, adapter: string, signal: AbortSignal): Promise<Pick<ForwardOptions, "parameters">> {
  const { mergedParameters } = await import("@loam/peft");
  return { parameters: await mergedParameters(model, adapter, { signal }) };
}

function toTensor(value: Value): TensorToWrite {
  return { dtype: "F32", shape: value.dims, data: floats(value) };
}

/** Tensors of one shape as one, [N, ...shape]. */
function stack(values: readonly Value[]): TensorToWrite {
  const parts = values.map((value) => floats(value));
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part, offset);
    offset += part.length;
  }
  return { dtype: "F32", shape: [values.length, ...values[0]!.dims], data };
}
