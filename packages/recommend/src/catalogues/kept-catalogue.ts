import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { OnProgress } from "@loam/core";
import { runInTurns } from "@loam/core";
import type { Embedder } from "@loam/models";
import { keptFormat, keptSections } from "@loam/search";
import type { catalogues } from "@loam/store";
import { blockArrays, keptItems, PackedItems } from "../items/item-list.ts";
import type { Rating } from "../items/ratings.ts";
import { keptReaders, type Readers, readerArrays } from "../items/readers.ts";
import { ItemVectors } from "../model/item-vectors.ts";
import { catalogueArrays } from "../recommender/catalogue-arrays.ts";
import { CatalogueIndex } from "../recommender/catalogue-index.ts";

type CatalogueRow = Pick<typeof catalogues.$inferSelect, "id" | "version" | "itemCount">;

/**
 * What a catalogue's recommender reads at each start, in files as it is used (docs/decisions/0550): its items and their index,
 * its vectors by one embedder, its readers. Each is named by the import, the embedder or the ratings it was made of, so that
 * a file that is there is right; what is not there is made from the database.
 */
export class KeptCatalogue {
  readonly #folder: string;
  readonly #row: CatalogueRow;

  constructor(home: string, row: CatalogueRow) {
    this.#folder = folderOf(home, row.id);
    this.#row = row;
  }

  /** @throws {CancelledError} */
  async items(
    read: () => Promise<Uint8Array[]>,
    options: { signal?: AbortSignal; onProgress?: OnProgress },
  ): Promise<{ items: PackedItems; index: CatalogueIndex }> {
    const build = async () => {
      const blocks = await read();
      const arrays = await catalogueArrays(new PackedItems(blocks, this.#row.itemCount), options);
      for (const [name, values] of blockArrays(blocks)) arrays.set(name, values);
      return arrays;
    };
    const sections = await keptSections(this.#path("items"), build, { onKept: () => this.#removeOlder() });
    return { items: keptItems(sections, this.#row.itemCount), index: new CatalogueIndex(sections) };
  }

  async vectors({ id }: Embedder, read: () => Promise<ItemVectors>): Promise<ItemVectors> {
    const sections = await keptSections(this.#path(`vectors-${shortHash(id)}`), async () => (await read()).arrays());
    return await runInTurns(ItemVectors.from(sections), { what: "reading the vectors" });
  }

  async readers(
    read: () => Promise<Rating[]>,
    {
      rowOf,
      contentHash,
      highest,
    }: { rowOf: (id: string) => number | undefined; contentHash: string; highest: number },
  ): Promise<Readers> {
    const name = `readers-${shortHash(contentHash)}`;
    const build = async () =>
      readerArrays(await read(), { rows: this.#row.itemCount, rowOf, likedFrom: highest > 5 ? 7 : 4 });
    const sections = await keptSections(this.#path(name), build, { onKept: () => this.#removeOlder(name) });
    return keptReaders(sections);
  }

  #path(name: string): string {
    return join(this.#folder, `${this.#row.version}-${name}${suffix}`);
  }

  /** Removes what belongs to an import before this one, or to the ratings before these. */
  async #removeOlder(readers?: string): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const [version = "", kind = ""] = name.split("-");
      const isOlder = Number(version) < this.#row.version;
      const isReplaced = readers !== undefined && kind === "readers" && !name.includes(readers);
      if (isOlder || isReplaced) await rm(join(this.#folder, name), { force: true });
    }
  }
}

/** Removes all that was kept of a catalogue. */
export async function removeKept(home: string, catalogueId: string): Promise<void> {
  await rm(folderOf(home, catalogueId), { recursive: true, force: true }).catch(() => {});
}

const suffix = ".safetensors";

const folderOf = (home: string, id: string): string => join(home, "index", `${keptFormat}`, "catalogues", id);

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
