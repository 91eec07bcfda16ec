import { ArgumentError } from "@loam/core";

/** @throws {ArgumentError} unless it is from 0 to 1. */
export function checkShare(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw new ArgumentError(name, value, "a number from 0 to 1");
  return value;
}

/** Scores over their largest; as they are when none is positive. */
export function scaled(scores: Float64Array): Float64Array {
  let largest = 0;
  for (const score of scores) largest = Math.max(largest, score);
  return largest > 0 ? scores.map((score) => score / largest) : scores;
}
