import { existsSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../../..");

/** Real checkpoints and tokenizers that are not part of the repository. */
export const dataFolder = process.env.LOAM_DATA ?? join(repository, "../shared/data");

/** The recorded Qwen 2 that is kept here, for tests that speak of its sizes. */
export const ownQwen2 = join(import.meta.dirname, "../golden/models/qwen2");

/** The folder of recorded numbers: the full set where it is, else the compact one of this package. */
export function goldenFolder(part: string): string {
  const full = join(process.env.LOAM_GOLDEN ?? join(repository, "../shared/golden"), part);
  return existsSync(full) ? full : join(import.meta.dirname, "../golden", part);
}
