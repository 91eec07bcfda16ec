import { NotFoundError } from "@loam/core";
import type { AdapterMethod } from "./method.ts";
import { adalora } from "./methods/adalora/index.ts";
import { bitfit } from "./methods/bitfit/index.ts";
import { bottleneck } from "./methods/bottleneck/index.ts";
import { diffPruning } from "./methods/diff-pruning/index.ts";
import { ia3 } from "./methods/ia3/index.ts";
import { lnTuning } from "./methods/ln-tuning/index.ts";
import { loha } from "./methods/loha/index.ts";
import { lokr } from "./methods/lokr/index.ts";
import { lora } from "./methods/lora/index.ts";
import { pTuning } from "./methods/p-tuning/index.ts";
import { prefixTuning } from "./methods/prefix-tuning/index.ts";
import { promptTuning } from "./methods/prompt-tuning/index.ts";
import { trainableTokens } from "./methods/trainable-tokens/index.ts";
import { vera } from "./methods/vera/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: the table holds methods with different configs
export const adapterMethods: readonly AdapterMethod<any>[] = [
  lora,
  adalora,
  vera,
  loha,
  lokr,
  ia3,
  prefixTuning,
  pTuning,
  promptTuning,
  bottleneck,
  bitfit,
  lnTuning,
  diffPruning,
  trainableTokens,
];

/** The method behind a `peft_type`. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function adapterMethod(type: string): AdapterMethod<any> {
  const method = adapterMethods.find((candidate) => candidate.type === type.toUpperCase());
  if (!method) throw new NotFoundError("adapter method", type, { known: adapterMethods.map((known) => known.type) });
  return method;
}
