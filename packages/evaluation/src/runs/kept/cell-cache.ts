import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Cell } from "./cell-log.ts";

/** Cells by key, in a folder that many runs share: the same system, row and metric are not paid for twice. */
export class CellCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get<C extends Cell>(key: string): Promise<C | undefined> {
    try {
      return JSON.parse(await readFile(this.#path(key), "utf8")) as C;
    } catch {
      return undefined; // not there, or half written by a machine that lost power: made again
    }
  }

  async put(cell: Cell): Promise<void> {
    const path = this.#path(cell.key);
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}.tmp`;
    await writeFile(draft, JSON.stringify(cell));
    await rename(draft, path);
  }

  #path(key: string): string {
    return join(this.#folder, key.slice(0, 2), `${key}.json`);
  }
}
