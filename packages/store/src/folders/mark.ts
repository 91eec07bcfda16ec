import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeptPlace } from "./kept-folder.ts";

/** Says of a folder on this disk which kept one it is a copy of. */
export interface Mark extends KeptPlace {
  version: string;
}

const file = ".kept.json";

/** The mark of a folder; undefined for one that was never kept or fetched. */
export async function readMark(folder: string): Promise<Mark | undefined> {
  const text = await readFile(join(folder, file), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Mark;
  } catch {
    return undefined; // half written by a machine that lost power: compared by its files again
  }
}

export async function writeMark(folder: string, { kind, name, version }: Mark): Promise<void> {
  const draft = join(folder, `.kept.${randomBytes(4).toString("hex")}.part`);
  await writeFile(draft, `${JSON.stringify({ kind, name, version })}\n`);
  await rename(draft, join(folder, file));
}
