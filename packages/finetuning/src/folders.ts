import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "@loam/core";

/** Where fine-tuning keeps its files, below the home folder: what a request names is looked for here and nowhere else. */
export interface TuneFolders {
  datasets: string;
  /** Base models in folders of their own. */
  models: string;
  /** What training makes. */
  adapters: string;
  /** Video models that are trained here, each in a folder of its own. */
  videoModels: string;
  /** Clips with captions to train them on, each set in a folder of its own. */
  clips: string;
}

export function tuneFolders(home: string): TuneFolders {
  const folders = {
    datasets: join(home, "datasets"),
    models: join(home, "models"),
    adapters: join(home, "adapters"),
    videoModels: join(home, "video-models"),
    clips: join(home, "clips"),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folders;
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
