import type { Box } from "../document.ts";

/** The smallest box around both. */
export function unionBox(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** The share of `inner`'s area that lies in `outer`, in [0, 1]. */
export function coveredShare(inner: Box, outer: Box): number {
  const width = Math.min(inner[2], outer[2]) - Math.max(inner[0], outer[0]);
  const height = Math.min(inner[3], outer[3]) - Math.max(inner[1], outer[1]);
  const area = (inner[2] - inner[0]) * (inner[3] - inner[1]);
  return width <= 0 || height <= 0 || area <= 0 ? 0 : (width * height) / area;
}
