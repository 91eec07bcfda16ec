import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

const shipped = join(import.meta.dirname, "../../sample/prose.txt.gz");
const repository = join(import.meta.dirname, "../../../..");
/** Between two texts of the shipped file. */
const formFeed = "\n\f\n";

/**
 * English about Loam to learn from: its documents and the doc comments of its sources, each a text. A published package,
 * which has neither, comes with them in one file.
 */
export async function readProse(): Promise<string[]> {
  if (existsSync(shipped))
    return gunzipSync(await readFile(shipped))
      .toString()
      .split(formFeed);
  const exclude = (path: string) => /(^|\/)(node_modules|dist)(\/|$)|\.test\.ts$/.test(path);
  const files = await Array.fromAsync(glob(["docs/**/*.md", "packages/*/src/**/*.ts"], { cwd: repository, exclude }));
  const texts = await Promise.all(
    files.sort().map(async (file) => {
      const text = await readFile(join(repository, file), "utf8");
      if (file.endsWith(".md")) return [text];
      return Array.from(text.matchAll(/\/\*\*(.*?)\*\//gs), ([, comment]) => comment!.replace(/^\s*\* ?/gm, "").trim());
    }),
  );
  return texts.flat();
}

/** What the published package has in `sample/prose.txt.gz`. */
export async function packProse(): Promise<Buffer> {
  return gzipSync((await readProse()).join(formFeed), { level: 9 });
}
