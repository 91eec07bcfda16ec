import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import { openStore, type Store } from "@loam/store";
import { type TuneFolders, tuneFolders } from "../src/index.ts";

/** A home with a store and a tiny base model in it. */
export interface Workplace {
  store: Store;
  folders: TuneFolders;
  end(): Promise<void>;
}

export async function openWorkplace(): Promise<Workplace> {
  const home = mkdtempSync(join(tmpdir(), "loam-finetuning-"));
  const store = await openStore({ home, databaseUrl: "", blobUrl: "", durability: "process" });
  const folders = tuneFolders(store);
  addTinyBase(folders);
  return {
    store,
    folders,
    end: async () => {
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The base `home/tiny`. */
export function addTinyBase(folders: TuneFolders): void {
  renameSync(tinyChatModel(), join(folders.models, "tiny"));
}

/** Rows that a tiny model learns in a few steps. */
export const colourRows = ["red", "blue", "green", "amber", "white", "black", "brown", "grey"]
  .map((colour, i) => `${JSON.stringify({ instruction: `Say colour ${i}.`, input: "", output: colour })}\n`)
  .join("");
