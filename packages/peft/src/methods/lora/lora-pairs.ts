import type { TensorValue } from "../../layers/method.ts";

/** A [r, I] and B [O, r] of one layer in one of the adapters that are combined. */
export interface Part {
  A: TensorValue;
  B: TensorValue;
  /** How much of the adapter goes into the combination. */
  weight: number;
  /** What BA is multiplied by in its adapter. */
  scale: number;
}

/** One pair of the sum of the ranks, whose product is the weighted sum of the scaled products. */
export function concatenated(parts: readonly Part[]): { A: TensorValue; B: TensorValue } {
  const I = parts[0]!.A.shape[1]!;
  const O = parts[0]!.B.shape[0]!;
  const ranks = parts.map(({ A }) => A.shape[0]!);
  const r = ranks.reduce((sum, rank) => sum + rank, 0);
  const A = new Float32Array(r * I);
  const B = new Float32Array(O * r);
  let at = 0;
  for (const part of parts) {
    const rank = part.A.shape[0]!;
    for (let i = 0; i < rank * I; i++) A[at * I + i] = part.A.data[i]! * part.weight * part.scale;
    for (let o = 0; o < O; o++) B.set(part.B.data.subarray(o * rank, (o + 1) * rank), o * r + at);
    at += rank;
  }
  return { A: { shape: [r, I], data: A }, B: { shape: [O, r], data: B } };
}

/** The tensor cut or filled up with zeros to so many rows. */
export function withRows({ shape: [rows, columns], data }: TensorValue, wanted: number): TensorValue {
  if (rows === wanted) return { shape: [wanted, columns!], data };
  const padded = new Float32Array(wanted * columns!);
  padded.set(data.subarray(0, wanted * columns!));
  return { shape: [wanted, columns!], data: padded };
}

/** The tensor cut or filled up with zeros to so many columns. */
export function withColumns({ shape, data }: TensorValue, wanted: number): TensorValue {
  const [rows, columns] = shape as [number, number];
  if (columns === wanted) return { shape, data };
  const padded = new Float32Array(rows * wanted);
  for (let row = 0; row < rows; row++)
    padded.set(data.subarray(row * columns, row * columns + Math.min(columns, wanted)), row * wanted);
  return { shape: [rows, wanted], data: padded };
}
