/** A box on a page, in PDF points from the top left. */
export interface Region {
  page: number;
  box: readonly [x0: number, y0: number, x1: number, y1: number];
}

/** `3:72,90.5,300,120` per region, joined by `~`: short enough to read in a link. */
export function writeRegions(regions: readonly Region[]): string {
  return regions
    .map(({ page, box }) => `${page}:${box.map((value) => Math.round(value * 10) / 10).join(",")}`)
    .join("~");
}

/** The regions of a link; parts that are no region are left out. */
export function readRegions(text: string | undefined): Region[] {
  return (text ?? "").split("~").flatMap((part) => {
    const match = /^(\d+):(-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)$/.exec(part);
    if (!match) return [];
    const [page, x0, y0, x1, y1] = match.slice(1).map(Number) as [number, number, number, number, number];
    return page >= 1 && x1 >= x0 && y1 >= y0 ? [{ page, box: [x0, y0, x1, y1] as const }] : [];
  });
}
