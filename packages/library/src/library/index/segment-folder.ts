import { createHash, randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Values } from "@loam/search";
import { canKeep, keptFormat, openSections, writeSections } from "@loam/search";
import { Segment } from "./segment.ts";

/** A segment and the name of its file; without one it lies in memory alone. */
export interface PlacedSegment {
  segment: Segment;
  file?: string;
}

/**
 * The segments of one embedder's index, a file each. What lies here can always be made anew from the database, so that
 * nothing fails for it: a file that cannot be read is removed, and where nothing can be written nothing is kept.
 */
export class SegmentFolder {
  readonly #path: string;
  #keeps = canKeep;

  constructor(home: string, embedder: string) {
    const key = createHash("sha256").update(embedder).digest("hex").slice(0, 16);
    this.#path = join(home, "index", `${keptFormat}`, "library", key);
  }

  /** The names of its files, in an order that is the same for every process. */
  async list(): Promise<string[]> {
    const names = this.#keeps ? await readdir(this.#path).catch(() => []) : [];
    return names.filter((name) => name.endsWith(suffix)).sort();
  }

  /** Undefined when it is gone or damaged. */
  async open(file: string): Promise<PlacedSegment | undefined> {
    try {
      return { segment: new Segment(await openSections(join(this.#path, file))), file };
    } catch {
      await this.remove(file);
      return undefined;
    }
  }

  /** Writes a segment; undefined where that is not possible. */
  async write(arrays: ReadonlyMap<string, Values>): Promise<PlacedSegment | undefined> {
    if (!this.#keeps) return undefined;
    const file = `${Date.now().toString(36).padStart(9, "0")}-${randomUUID().slice(0, 8)}${suffix}`;
    try {
      await writeSections(join(this.#path, file), arrays);
    } catch {
      this.#keeps = false;
      return undefined;
    }
    return await this.open(file);
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.#path, file), { force: true }).catch(() => {});
  }
}

const suffix = ".safetensors";
