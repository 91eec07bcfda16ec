import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { type RunningLoam, startLoam } from "@loam/server";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { buildStudio } from "../build-studio.ts";

const candidates = [
  process.env.LOAM_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const executablePath = candidates.find((path) => path && existsSync(path));

/** Why the browser tests cannot run here; undefined when they can, or must. */
export const missingBrowser =
  executablePath || process.env.LOAM_REQUIRE_CHROMIUM
    ? undefined
    : "no Chromium found: install Debian's `chromium`, or set LOAM_CHROMIUM";

export const samplePath = join(import.meta.dirname, "../../pdf/sample/loam-sample.pdf");

export interface StudioUnderTest {
  readonly loam: RunningLoam;
  readonly url: string;
  /** A page in a fresh profile. Whatever goes wrong in it is collected in `problems`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Errors of pages and of their consoles: there should be none. */
  readonly problems: string[];
  end(): Promise<void>;
}

/** The built Studio, served by a real server with a home of its own, and a browser to drive it. */
export async function startStudio({
  flags,
}: {
  flags?: NonNullable<Parameters<typeof loadConfig>[0]>["flags"];
} = {}): Promise<StudioUnderTest> {
  const studioFolder = await buildStudio();
  const folder = await mkdtemp(join(tmpdir(), "loam-studio-"));
  const userFile = join(folder, "config.json");
  const env = { LOAM_HOME: join(folder, "home"), PATH: process.env.PATH };
  const load = () => loadConfig({ cwd: folder, env, userFile, flags });
  const loam = await startLoam({ load, userFile, port: 0, studioFolder, samplePath });
  const browser = await launch();
  const contexts: BrowserContext[] = [];
  const problems: string[] = [];
  return {
    loam,
    url: loam.url,
    problems,
    open: async (path, options = {}) => {
      const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1360, height: 900 }, ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on("pageerror", (error) => problems.push(`${page.url()}: ${error.message}`));
      page.on("console", (message) => {
        // A response that is no success is logged by the browser; tests ask for some on purpose.
        if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
          problems.push(`${page.url()}: ${message.text()}`);
      });
      await page.goto(loam.url + path);
      return page;
    },
    end: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      await loam.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What axe finds wrong with a page once it stands still, a line each: the rule and the elements. */
export async function violationsOn(page: Page, { impacts }: { impacts?: readonly string[] } = {}): Promise<string[]> {
  // Half-way through a transition a text has a colour that no theme names.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(({ effect, playState }) => playState !== "running" || effect?.getComputedTiming().endTime === Infinity),
  );
  // Run as it stands, not as a script element: the page's policy allows none but its own.
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run({ resultTypes: ["violations"] }),
  );
  return violations
    .filter(({ impact }) => !impacts || impacts.includes(impact ?? ""))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, html }) => `${target} ${html.slice(0, 120)}`).join(" | ")}`);
}

/** Debian's Chromium, without what it would do in the background. */
function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}
