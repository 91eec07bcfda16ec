import type { AdapterTensors, TensorValue } from "../../layers/method.ts";
import { stillGate } from "./gates.ts";

/** Keeps the `keep` entries of largest magnitude of all matrices together: rows, columns and values of each matrix. */
export function project(deltas: AdapterTensors<TensorValue>, keep: number): Record<string, TensorValue> {
  const entries = Object.entries(deltas);
  const magnitudes = new Float32Array(entries.reduce((sum, [, { data }]) => sum + data.length, 0));
  let at = 0;
  for (const [, { data }] of entries) for (const x of data) magnitudes[at++] = Math.abs(x);
  const threshold = magnitudes.sort()[magnitudes.length - keep] ?? 0;
  const sparse: Record<string, TensorValue> = {};
  let left = keep;
  for (const [path, { shape, data }] of entries) {
    const columns = shape[1]!;
    const places: number[] = [];
    for (let i = 0; i < data.length && left > 0; i++) {
      if (Math.abs(data[i]!) < threshold) continue;
      places.push(i);
      left--;
    }
    const vector = (of: (place: number) => number): TensorValue => ({
      shape: [places.length],
      data: Float32Array.from(places, of),
    });
    sparse[`${path}.diff_rows`] = vector((i) => Math.floor(i / columns));
    sparse[`${path}.diff_columns`] = vector((i) => i % columns);
    sparse[`${path}.diff_values`] = vector((i) => data[i]!);
  }
  return sparse;
}

/** δ = z ∘ z_group ∘ w of each matrix, with gates at u = ½. */
export function stillDeltas(tensors: AdapterTensors<TensorValue>): Record<string, TensorValue> {
  const deltas: Record<string, TensorValue> = {};
  for (const [key, { shape, data: w }] of Object.entries(tensors)) {
    const path = /^(.*)\.diff_w$/.exec(key)?.[1];
    if (path === undefined) continue;
    const alpha = tensors[`${path}.diff_alpha`]!.data;
    const group = tensors[`${path}.diff_alpha_group`];
    const z = group ? stillGate(group.data[0]!) : 1;
    deltas[path] = { shape, data: w.map((x, i) => x * stillGate(alpha[i]!) * z) };
  }
  return deltas;
}
