import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LoamError, loadConfig } from "@loam/core";
import { startLoam } from "@loam/server";
import { buildStudio } from "../packages/studio/build-studio.ts";

/**
 * `npm start`: builds the Studio where it is missing or older than its sources, serves it with the sample paper in an
 * empty library, and opens it in the browser.
 *
 *   --no-open   do not open a browser
 *   --port N    another port than 4545; 0 takes a free one
 */
const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { "no-open": { type: "boolean" }, port: { type: "string" } } });

try {
  await start();
} catch (error) {
  if (!(error instanceof LoamError)) throw error;
  console.error(error.message);
  process.exit(error.exitCode);
}

async function start(): Promise<void> {
  const studioFolder = await buildStudio((line) => console.error(line));
  const flags = values.port === undefined ? {} : { server: { port: Number(values.port) } };
  const samplePath = join(root, "packages/pdf/sample/loam-sample.pdf");
  const loam = await startLoam({ load: () => loadConfig({ flags }), studioFolder, samplePath });
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1); // asked twice: at once
      stopping = true;
      console.error("Stopping…");
      void loam.close().then(() => process.exit(0));
    });
  }
  if ((await loam.library.documents()).length === 0) await loam.library.enqueue(samplePath);
  const url = loam.loginUrl();
  console.log(`Loam is at ${url}`);
  console.error(`Everything it keeps is in ${loam.store.home}. Stop it with Ctrl+C.`);
  if (!values["no-open"] && hasDisplay()) openBrowser(url);
}

function hasDisplay(): boolean {
  if (process.env.CI || process.env.SSH_CONNECTION) return false;
  return process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Asks the system to show the page; that nothing can is no reason to stop. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command!, args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
