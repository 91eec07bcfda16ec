import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "@loam/core";
import type { Store } from "@loam/store";

/**
 * Where fine-tuning keeps its files, below the home folder: what a request names is looked for here and nowhere else. With a
 * database server these folders are a cache of what all servers and workers share.
 */
export interface TuneFolders {
  store: Store;
  datasets: string;
  /** Base models in folders of their own. */
  models: string;
  /** What training makes. */
  adapters: string;
  /** What was written of them for other programs. */
  exports: string;
  /** Video models that are trained here, each in a folder of its own. */
  videoModels: string;
  /** Clips with captions to train them on, each set in a folder of its own. */
  clips: string;
}

/** Whether what is named is fetched to this machine now, or by whoever works with it. */
export interface FetchOptions {
  fetch?: "now" | "later";
}

export function tuneFolders(store: Store): TuneFolders {
  const { home } = store;
  const folders = {
    datasets: join(home, "datasets"),
    models: join(home, "models"),
    adapters: join(home, "adapters"),
    exports: join(home, "exports"),
    videoModels: join(home, "video-models"),
    clips: join(home, "clips"),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { store, ...folders };
}

/**
 * A name that is safe as that of a folder: letters and digits of any script, and `-_.` between them.
 *
 * @throws {InputError} `bad_name`.
 */
export function folderName(name: string): string {
  const clean = name.normalize("NFC").trim();
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,79}$/u.test(clean) && !clean.endsWith(".")) return clean;
  throw new InputError("bad_name", `${JSON.stringify(name)} cannot be the name of a folder.`, {
    details: { name },
    hint: "use 1 to 80 letters, digits, - and _, beginning with a letter or digit",
  });
}
