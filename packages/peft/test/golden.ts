import { existsSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../../..");

/** Folders of recorded numbers, first the full set, then the compact ones of this package and of the models. */
const folders = [
  process.env.LOAM_GOLDEN ?? join(repository, "../shared/golden"),
  join(repository, "packages/peft/golden"),
  join(repository, "packages/models/golden"),
];

/** The recorded Qwen 2 that is kept in the repository, for tests that speak of its sizes. */
export const ownQwen2 = join(repository, "packages/models/golden/models/qwen2");

/**
 * The base that recorded numbers were made on: the one in their own set, else the one kept with the models. A set of other
 * sizes next to this one must not lend it its base.
 */
export function baseOf(recorded: string, base: string): string {
  const own = folders.find((folder) => recorded.startsWith(folder))!;
  return [own, folders.at(-1)!].map((folder) => join(folder, base)).find((path) => existsSync(path))!;
}

/** The path of a recorded file or folder, undefined where no set has it. */
export function goldenPath(path: string): string | undefined {
  return folders.map((folder) => join(folder, path)).find((candidate) => existsSync(candidate));
}
