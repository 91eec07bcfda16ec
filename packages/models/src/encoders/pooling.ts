import { InputError } from "@loam/core";
import {
  add,
  cast,
  clip,
  type Dim,
  div,
  expand,
  gatherElements,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  slice,
  sqrt,
  squeeze,
  sub,
  type Tensor,
  unsqueeze,
} from "@loam/graph";

const poolingModes = ["cls", "mean", "max", "mean_sqrt_len", "lasttoken"] as const;
export type PoolingMode = (typeof poolingModes)[number];

/** What a `Pooling` module's config.json says, in either of its layouts. @throws {InputError} for a mode that is not known. */
export function readPoolingMode(json: Record<string, unknown>): PoolingMode {
  const named = typeof json.pooling_mode === "string" ? json.pooling_mode : undefined;
  const flags: Record<string, PoolingMode> = {
    pooling_mode_cls_token: "cls",
    pooling_mode_mean_tokens: "mean",
    pooling_mode_max_tokens: "max",
    pooling_mode_mean_sqrt_len_tokens: "mean_sqrt_len",
    pooling_mode_lasttoken: "lasttoken",
  };
  const set = named
    ? [named]
    : Object.keys(json)
        .filter((key) => key.startsWith("pooling_mode_") && json[key] === true)
        .map((key) => flags[key] ?? key);
  if (set.length === 1 && poolingModes.includes(set[0] as PoolingMode)) return set[0] as PoolingMode;
  throw new InputError(
    "bad_config",
    `The pooling config asks for ${set.join(" and ") || "nothing"}; Loam implements one of ${poolingModes.join(", ")}.`,
    { hint: "take a model that pools one way, or set one of them in 1_Pooling/config.json" },
  );
}

/** One vector for each text: hidden [B, T, C], mask bool [B, T], true at tokens → [B, C]. */
export function pool(hidden: Tensor, mask: Tensor, mode: PoolingMode): Tensor {
  if (mode === "cls") return squeeze(slice(hidden, { axes: [1], starts: [0], ends: [1] }), 1);
  const present = unsqueeze(cast(mask, "float32"), 2); // [B, T, 1]
  if (mode === "max") return reduceMax(add(hidden, mul(sub(present, 1), 1e9)), { axes: [1] });
  if (mode === "lasttoken") {
    const count = reduceSum(cast(mask, "int64"), { axes: [1] }); // [B], texts are padded on the right
    const [batch, , width] = hidden.shape as [Dim, Dim, Dim];
    const last = expand(reshape(sub(count, 1), [batch, 1, 1]), [batch, 1, width]);
    return squeeze(gatherElements(hidden, last, { axis: 1 }), 1);
  }
  const sum = reduceSum(mul(hidden, present), { axes: [1] }); // [B, C]
  const count = clip(reduceSum(present, { axes: [1] }), { min: 1e-9 }); // [B, 1]
  return div(sum, mode === "mean" ? count : sqrt(count));
}
