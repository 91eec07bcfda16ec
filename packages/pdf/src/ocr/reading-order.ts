type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** A column holds at least this many lines; fewer are a header, a label or a row of a table. */
const minColumnLines = 3;
/** Lines of prose are at least this many times as long as high, and fill at least this much of their column. */
const minProseRatio = 5;
const minColumnFill = 0.5;
/** In a column of prose, at least this share of all text, by length, is in such lines; the rest are tables and charts. */
const minProseShare = 0.5;
/** At most this share of the lines may cross the gutter: titles, abstracts and wide captions. */
const maxCrossingShare = 0.4;

/**
 * The order in which to read upright lines: columns of prose one after the other, everything else row by row. Lines
 * that span the gutter divide the page into sections, each read to its end before the next.
 *
 * @returns indices into `boxes`
 */
export function readingOrder(boxes: readonly Box[]): number[] {
  return order(
    boxes.map((_, i) => i),
    boxes,
  );
}

function order(lines: readonly number[], boxes: readonly Box[]): number[] {
  const gutter = findGutter(lines, boxes);
  if (gutter === undefined) return byRows(lines, boxes);
  const spanning = lines.filter((i) => crosses(boxes[i]!, gutter));
  const ordered: number[] = [];
  let rest = lines.filter((i) => !crosses(boxes[i]!, gutter));
  const take = (section: number[]) => {
    const [left, right] = [section.filter((i) => boxes[i]![2] <= gutter), section.filter((i) => boxes[i]![2] > gutter)];
    const columns = Math.min(left.length, right.length) >= minColumnLines;
    ordered.push(...(columns ? [...order(left, boxes), ...order(right, boxes)] : byRows(section, boxes)));
  };
  for (const row of byRows(spanning, boxes)) {
    const middle = center(boxes[row]!);
    take(rest.filter((i) => center(boxes[i]!) < middle));
    rest = rest.filter((i) => center(boxes[i]!) >= middle);
    ordered.push(row);
  }
  take(rest);
  return ordered;
}

/** The x that fewest lines cross and that leaves columns of prose on both sides, if there is one. */
function findGutter(lines: readonly number[], boxes: readonly Box[]): number | undefined {
  if (lines.length < 2 * minColumnLines) return undefined;
  const left = Math.min(...lines.map((i) => boxes[i]![0]));
  const right = Math.max(...lines.map((i) => boxes[i]![2]));
  const lineHeight = median(lines.map((i) => boxes[i]![3] - boxes[i]![1]));
  let best: { x: number; crossing: number } | undefined;
  const middle = (left + right) / 2;
  for (let x = left + lineHeight; x < right - lineHeight; x += lineHeight / 4) {
    const crossing = lines.filter((i) => crosses(boxes[i]!, x)).length;
    const better = !best || crossing < best.crossing;
    const nearerMiddle = crossing === best?.crossing && Math.abs(x - middle) < Math.abs(best.x - middle);
    if (better || nearerMiddle) best = { x, crossing };
  }
  if (!best || best.crossing > maxCrossingShare * lines.length) return undefined;
  const { x } = best;
  const sides = [lines.filter((i) => boxes[i]![2] <= x), lines.filter((i) => boxes[i]![0] >= x)];
  return sides.every((side) => isProse(side, boxes, lineHeight)) ? x : undefined;
}

function isProse(side: readonly number[], boxes: readonly Box[], lineHeight: number): boolean {
  if (side.length < minColumnLines) return false;
  const width = Math.max(...side.map((i) => boxes[i]![2])) - Math.min(...side.map((i) => boxes[i]![0]));
  const lengths = side.map((i) => boxes[i]![2] - boxes[i]![0]);
  const prose = lengths.filter((length) => length >= minProseRatio * lineHeight && length >= minColumnFill * width);
  return sum(prose) >= minProseShare * sum(lengths);
}

/** Top to bottom; lines whose middle lies within the first line of a row belong to that row, left to right. */
function byRows(lines: readonly number[], boxes: readonly Box[]): number[] {
  const rows: number[][] = [];
  for (const i of [...lines].sort((a, b) => center(boxes[a]!) - center(boxes[b]!))) {
    const first = rows.at(-1)?.[0];
    const sameRow = first !== undefined && center(boxes[i]!) - center(boxes[first]!) < halfHeight(boxes[first]!) * 0.9;
    if (sameRow) rows.at(-1)!.push(i);
    else rows.push([i]);
  }
  return rows.flatMap((row) => row.sort((a, b) => boxes[a]![0] - boxes[b]![0]));
}

function crosses([x0, , x1]: Box, x: number): boolean {
  return x0 < x && x1 > x;
}

function center([, y0, , y1]: Box): number {
  return (y0 + y1) / 2;
}

function halfHeight([, y0, , y1]: Box): number {
  return (y1 - y0) / 2;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
