import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const studio = join(import.meta.dirname, "..", "packages", "studio");
const sources = ["src", "public", "index.html", "vite.config.ts", "compress-assets.ts", "package.json"];

/**
 * Builds the Studio when its `dist` is missing or older than its sources; a build takes a few seconds.
 *
 * @returns the folder of the built files.
 */
export async function buildStudio(report: (line: string) => void = () => {}): Promise<string> {
  const dist = join(studio, "dist");
  const index = join(dist, "index.html");
  if (existsSync(index) && statSync(index).mtimeMs >= newestSource()) return dist;
  report("Building the Studio…");
  const start = performance.now();
  await build({ root: studio, configFile: join(studio, "vite.config.ts"), logLevel: "warn" });
  report(`Built the Studio in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return dist;
}

/** When the youngest source was changed, in milliseconds since 1970. */
function newestSource(): number {
  let newest = 0;
  const visit = (path: string) => {
    const { mtimeMs } = statSync(path);
    newest = Math.max(newest, mtimeMs);
    if (statSync(path).isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
  };
  for (const name of sources) visit(join(studio, name));
  return newest;
}
