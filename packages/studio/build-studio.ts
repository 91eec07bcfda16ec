import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UnavailableError } from "@loam/core";

const studio = import.meta.dirname;
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
  await runVite();
  report(`Built the Studio in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return dist;
}

/** In a process of its own, whose `NODE_ENV` is that of a release whatever runs around it. */
function runVite(): Promise<void> {
  const vite = fileURLToPath(new URL("../../bin/vite.js", import.meta.resolve("vite")));
  const child = spawn(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: studio,
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (status) => {
      if (status === 0) resolve();
      else reject(new UnavailableError("studio", `its build ended with status ${status}; the reason stands above.`));
    });
  });
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
