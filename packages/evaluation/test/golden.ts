import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the reference numbers are: `LOAM_GOLDEN`, the folder beside the repository, or the subset inside this package. */
const folders = [
  process.env.LOAM_GOLDEN,
  join(import.meta.dirname, "../../../../shared/golden"),
  join(import.meta.dirname, "../golden"),
].filter((folder) => folder !== undefined);

/** The path of a golden file, in the first folder that has it. */
export function goldenPath(path: string): string {
  const folder = folders.find((folder) => existsSync(join(folder, path)));
  if (folder === undefined) throw new Error(`No golden file ${path} in ${folders.join(", ")}`);
  return join(folder, path);
}

export function readGolden<T>(path: string): T {
  return JSON.parse(readFileSync(goldenPath(path), "utf8")) as T;
}

/** The header line and the rows of a golden `.jsonl` file. */
export function readGoldenLines<Row, Header = Record<string, unknown>>(path: string): { header: Header; rows: Row[] } {
  const [header, ...rows] = readFileSync(goldenPath(path), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { header: header as Header, rows: rows as Row[] };
}
