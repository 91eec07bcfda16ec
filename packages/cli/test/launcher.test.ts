import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const bin = join(import.meta.dirname, "../bin/loam.js");
const home = mkdtempSync(join(tmpdir(), "loam-launcher-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A Node of this machine that is too old for the repository: the launcher then starts the pinned one. */
const oldNode = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "node"))
  .filter((path) => existsSync(path))
  .find((path) => Number(/^v(\d+)/.exec(execFileSync(path, ["--version"], { encoding: "utf8" }))?.[1]) < 22);

describe.skipIf(!oldNode)(`on an older Node${oldNode ? "" : " (skipped: there is none on this machine)"}`, () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s ends the server, and its port is free", async (signal) => {
    const serve = spawn(oldNode!, [bin, "serve", "--port", "0", "--json", "--home", home], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH, HOME: home },
    });
    const [line] = await once(serve.stdout, "data");
    const { url } = JSON.parse(String(line)) as { url: string };
    expect((await fetch(`${url}/api/health`)).status).toBe(200);
    serve.kill(signal);
    const [status] = await once(serve, "exit");
    expect(status).toBe(0);
    await expect(fetch(`${url}/api/health`)).rejects.toThrow();
  });

  test("exit codes pass through", async () => {
    const wrong = spawn(oldNode!, [bin, "ask"], { stdio: "ignore" });
    expect((await once(wrong, "exit"))[0]).toBe(2);
  });
});
