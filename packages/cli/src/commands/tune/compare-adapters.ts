import { LoamError } from "@loam/core";
import { openModel } from "@loam/models";
import { type AdapterDifference, baseModelOf, diffAdapters, readAdapterConfig } from "@loam/peft";
import type { Io } from "../../terminal/io.ts";

/** Compares adapters on the base they name, where that is on this machine, else by their own tensors. */
export async function compareAdapters(
  a: string,
  b: string,
  { model, io }: { model?: string; io: Io },
): Promise<AdapterDifference> {
  const [{ config }] = [await readAdapterConfig(a), await readAdapterConfig(b)];
  const name = model ?? (config.base_model_name_or_path ? String(config.base_model_name_or_path) : undefined);
  const base = name === undefined ? undefined : await openBase(name, { isGiven: model !== undefined, io });
  const difference = await diffAdapters(a, b, { base, onProgress: io.progress, signal: io.signal });
  if (difference.compared === "tensors")
    io.note(
      base
        ? "Not both are changes of weights: their own tensors are compared."
        : "Without the base, the adapters' own tensors are compared; --model names it.",
    );
  return difference;
}

async function openBase(name: string, { isGiven, io }: { isGiven: boolean; io: Io }) {
  try {
    return baseModelOf(await openModel(name, { download: false, signal: io.signal }));
  } catch (error) {
    if (isGiven || !(error instanceof LoamError) || error.code !== "not_found") throw error;
    return undefined;
  }
}
