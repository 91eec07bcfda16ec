import { input } from "@loam/graph";
import type { DecoderModel, Model } from "@loam/models";
import { adaptedForward } from "./adapted-forward.ts";
import { openAdapter } from "./adapted-generator.ts";

/**
 * Whether the adapter in a folder fits a model, found by writing the adapted forward pass once; nothing is computed.
 *
 * @throws {InputError} `foreign_adapter` naming the layer or tensor that does not fit.
 */
export async function checkAdapterFits(folder: string, model: Model): Promise<void> {
  const attachment = await openAdapter(folder, model);
  if (model.kind !== "decoder") return;
  const shape = ["batch", "sequence"];
  const ids = input({ name: "ids", dtype: "int64", shape });
  const mask = input({ name: "mask", dtype: "bool", shape });
  const { hidden, logits } = adaptedForward(model as DecoderModel, attachment, { ids, positions: ids, mask });
  logits(hidden);
}
