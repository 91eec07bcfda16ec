import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../errors/errors.ts";

const NAMES = ["loam.config.ts", "loam.config.json"];

/**
 * The nearest `loam.config.ts` or `loam.config.json`, in `cwd` or a folder above it.
 *
 * @throws {InputError} `ambiguous_config` when a folder has two.
 */
export function findConfigFile(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = NAMES.map((name) => join(folder, name)).filter(existsSync);
    if (found.length > 1) {
      throw new InputError("ambiguous_config", `${found.join(" and ")} are both there.`, {
        details: { files: found },
        hint: "keep one of them",
      });
    }
    if (found[0] || dirname(folder) === folder) return found[0];
  }
}

/**
 * What a configuration file holds, unchecked. A `.ts` file is run (its default export counts), by Node itself.
 * @throws {InputError} when it cannot be read or run.
 */
export async function readConfigFile(path: string): Promise<unknown> {
  try {
    if (path.endsWith(".json")) return JSON.parse(readFileSync(path, "utf8"));
    // A changed file is another module, so a long-lived process sees the change. Vite's runner judges the
    // language by how the address ends.
    const module = await import(`${pathToFileURL(path).href}?changed=${statSync(path).mtimeMs}&type=.ts`);
    return module.default;
  } catch (cause) {
    const old = (cause as NodeJS.ErrnoException).code === "ERR_UNKNOWN_FILE_EXTENSION";
    throw new InputError("unreadable_config", `${path} cannot be read (${(cause as Error).message}).`, {
      details: { path },
      hint: old ? "this Node.js does not run TypeScript: use Node 24, or loam.config.json" : undefined,
      cause,
    });
  }
}
