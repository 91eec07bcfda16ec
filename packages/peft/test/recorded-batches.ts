import type { Batch } from "../src/data/pack.ts";
import type { TensorValue } from "../src/layers/method.ts";

/** Rows of one recorded batch; recorded are ids, mask and labels as [steps, B, T], padded at the right. */
export function recordedBatch(
  batches: Readonly<Record<string, TensorValue>>,
  step: number,
  { from = 0, to }: { from?: number; to?: number } = {},
): Batch {
  const [, B, T] = batches.input_ids!.shape as [number, number, number];
  const end = to ?? B;
  const part = (name: string) =>
    Int32Array.from(batches[name]!.data.subarray((step * B + from) * T, (step * B + end) * T));
  const labels = part("labels");
  return {
    B: end - from,
    T,
    ids: part("input_ids"),
    labels,
    positions: Int32Array.from({ length: (end - from) * T }, (_, i) => i % T),
    segments: part("attention_mask").map((kept) => kept - 1),
    supervised: labels.filter((label, i) => i % T > 0 && label !== -100).length,
  };
}
