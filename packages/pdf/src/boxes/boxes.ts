import type { Box } from "../document.ts";

export const width = (box: Box): number => box[2] - box[0];
export const height = (box: Box): number => box[3] - box[1];
export const area = (box: Box): number => Math.max(0, width(box)) * Math.max(0, height(box));

export function union(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

export function unionAll(boxes: readonly Box[]): Box {
  return boxes.reduce(union);
}

/** The overlap of two boxes, or undefined when they do not touch. */
export function intersect(a: Box, b: Box): Box | undefined {
  const box: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return box[2] >= box[0] && box[3] >= box[1] ? box : undefined;
}

/** Whether the boxes come within `margin` points of each other. */
export function near(a: Box, b: Box, margin: number): boolean {
  return a[0] - margin <= b[2] && b[0] - margin <= a[2] && a[1] - margin <= b[3] && b[1] - margin <= a[3];
}

export function grow(box: Box, by: number): Box {
  return [box[0] - by, box[1] - by, box[2] + by, box[3] + by];
}

/** Whether the centre of `inner` lies in `outer`. */
export function holdsCentre(outer: Box, inner: Box): boolean {
  const x = (inner[0] + inner[2]) / 2;
  const y = (inner[1] + inner[3]) / 2;
  return x >= outer[0] && x <= outer[2] && y >= outer[1] && y <= outer[3];
}

/** The length of the shared part of two intervals; negative: the gap between them. */
export function overlap1d(a0: number, a1: number, b0: number, b1: number): number {
  return Math.min(a1, b1) - Math.max(a0, b0);
}

/** Two decimals, as stored and shown. */
export function roundBox(box: Box): Box {
  return [round2(box[0]), round2(box[1]), round2(box[2]), round2(box[3])];
}

const round2 = (value: number): number => Math.round(value * 100) / 100;
