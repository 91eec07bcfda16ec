/** A patch: its place in the row that the transformer reads, and in the clip. */
export interface PatchPlace {
  n: number;
  slice: number;
  row: number;
  column: number;
}

/**
 * The patches of a clip in reading order, and how a box shows one of them: a piece of the contact sheet, which has the frames in rows,
 * as square as it goes.
 */
export function patchesOf({
  size,
  patch,
  frames,
  sheet,
}: {
  size: string;
  patch: readonly [number, number, number];
  frames: number;
  sheet: string;
}) {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const [slices, rows, columns] = [frames / patch[0], height / patch[1], width / patch[2]].map(Math.floor) as [
    number,
    number,
    number,
  ];
  const across = Math.ceil(Math.sqrt(frames));
  const down = Math.ceil(frames / across);
  const at = (position: number, parts: number) => (parts <= 1 ? 0 : (100 * position) / (parts - 1));
  const order: PatchPlace[] = Array.from({ length: slices * rows * columns }, (_, n) => ({
    n,
    slice: Math.floor(n / (rows * columns)),
    row: Math.floor(n / columns) % rows,
    column: n % columns,
  }));
  return {
    ...{ slices, rows, columns, order },
    style({ slice, row, column }: PatchPlace) {
      const frame = slice * patch[0] + Math.floor(patch[0] / 2);
      return {
        backgroundImage: `url("${sheet}")`,
        backgroundSize: `${100 * across * columns}% ${100 * down * rows}%`,
        backgroundPosition: `${at((frame % across) * columns + column, across * columns)}% ${at(Math.floor(frame / across) * rows + row, down * rows)}%`,
        aspectRatio: `${patch[2]} / ${patch[1]}`,
      };
    },
  };
}
