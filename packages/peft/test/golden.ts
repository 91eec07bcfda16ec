import { existsSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../../..");

/** Folders of recorded numbers, first the full set, then the compact ones of this package and of the models. */
const folders = [
  process.env.LOAM_GOLDEN ?? join(repository, "../shared/golden"),
  join(repository, "packages/peft/golden"),
  join(repository, "packages/models/golden"),
];

/** The path of a recorded file or folder, undefined where no set has it. */
export function goldenPath(path: string): string | undefined {
  return folders.map((folder) => join(folder, path)).find((candidate) => existsSync(candidate));
}
