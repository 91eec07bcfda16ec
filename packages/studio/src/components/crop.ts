/** A part of a page, in PDF points from the top left. */
export interface Crop {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Points of page around a cited box, and the narrowest piece that is still read without a magnifier. */
const marginPoints = 14;
const leastWidthPoints = 260;

/** The piece of a page that shows a box with a little of what stands around it. */
export function cropOf(
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  page: { width: number; height: number },
): Crop {
  const width = Math.min(page.width, Math.max(x1 - x0 + 2 * marginPoints, leastWidthPoints));
  const height = Math.min(page.height, y1 - y0 + 2 * marginPoints);
  const within = (start: number, length: number, all: number) => Math.min(Math.max(0, start), all - length);
  return {
    x: within((x0 + x1 - width) / 2, width, page.width),
    y: within((y0 + y1 - height) / 2, height, page.height),
    width,
    height,
  };
}
