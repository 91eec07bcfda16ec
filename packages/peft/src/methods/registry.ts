import { NotFoundError } from "@loam/core";
import type { AdapterMethod } from "../layers/method.ts";
import { adalora } from "./adalora/index.ts";
import { bitfit } from "./bitfit/index.ts";
import { bottleneck } from "./bottleneck/index.ts";
import { diffPruning } from "./diff-pruning/index.ts";
import { full } from "./full/index.ts";
import { ia3 } from "./ia3/index.ts";
import { lnTuning } from "./ln-tuning/index.ts";
import { loha } from "./loha/index.ts";
import { lokr } from "./lokr/index.ts";
import { lora } from "./lora/index.ts";
import { pTuning } from "./p-tuning/index.ts";
import { prefixTuning } from "./prefix-tuning/index.ts";
import { promptTuning } from "./prompt-tuning/index.ts";
import { trainableTokens } from "./trainable-tokens/index.ts";
import { vera } from "./vera/index.ts";

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
  full,
];

/**
 * The method behind a `peft_type`.
 *
 * @throws {NotFoundError} for an unknown type.
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function adapterMethod(type: string): AdapterMethod<any> {
  const method = adapterMethods.find((candidate) => candidate.type === type.toUpperCase());
  if (!method) throw new NotFoundError("adapter method", type, { known: adapterMethods.map((known) => known.type) });
  return method;
}
