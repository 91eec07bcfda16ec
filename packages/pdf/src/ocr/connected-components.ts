import type { Point } from "./quad.ts";

/**
 * The 8-connected regions of a bitmap, each as its outermost pixels row by row: enough for a convex hull.
 *
 * @param bitmap [height × width], non-zero is set. Consumed: set pixels are cleared as they are visited.
 */
export function* connectedComponents(bitmap: Uint8Array, width: number, height: number): Generator<Point[]> {
  const stack: number[] = [];
  for (let start = 0; start < bitmap.length; start++) {
    if (!bitmap[start]) continue;
    const extents = new Map<number, [left: number, right: number]>();
    bitmap[start] = 0;
    stack.push(start);
    while (stack.length > 0) {
      const at = stack.pop()!;
      const y = Math.floor(at / width);
      const x = at - y * width;
      const extent = extents.get(y);
      if (!extent) extents.set(y, [x, x]);
      else if (x < extent[0]) extent[0] = x;
      else if (x > extent[1]) extent[1] = x;
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const next = ny * width + nx;
          if (!bitmap[next]) continue;
          bitmap[next] = 0;
          stack.push(next);
        }
      }
    }
    yield [...extents].flatMap(([y, [left, right]]): Point[] =>
      left === right
        ? [[left, y]]
        : [
            [left, y],
            [right, y],
          ],
    );
  }
}
