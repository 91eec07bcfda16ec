import { ArgumentError } from "@loam/core";
import { type DecoderModel, openModel } from "@loam/models";
import type { Io } from "../../terminal/io.ts";

/** A model that writes text. @throws {ArgumentError} for encoders and models without a tokenizer. */
export async function openDecoder(name: string, { signal, progress }: Io): Promise<DecoderModel> {
  const model = await openModel(name, { signal, onProgress: progress });
  if (model.kind !== "decoder") throw new ArgumentError("model", name, "a model that writes text");
  if (!model.tokenizer)
    throw new ArgumentError("model", name, "a model with a tokenizer", "put its tokenizer.json into the folder");
  return model;
}
