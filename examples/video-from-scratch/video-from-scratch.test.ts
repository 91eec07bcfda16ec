import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "loam-video-example-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the example trains, lowers its loss and makes a clip", () => {
  const script = join(import.meta.dirname, "video-from-scratch.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--steps", "30", "--folder", folder], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const [, first, last] = /loss ([\d.]+) → ([\d.]+)/.exec(stdout)!;
  expect(Number(last)).toBeLessThan(0.7 * Number(first));
  expect(statSync(join(folder, "clip.webp")).size).toBeGreaterThan(200);
});
