import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "loam-example-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the example makes a base, trains on it, and lowers the loss on rows kept out", () => {
  const script = join(import.meta.dirname, "alpaca-lora.ts");
  const options = ["small", "--base-steps", "24", "--steps", "32", "--folder", folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const [, before, after] = /on those kept out: ([\d.]+) → ([\d.]+)/.exec(stdout)!;
  expect(Number(after)).toBeLessThan(Number(before) - 0.3);
  expect(stdout).toContain("step 24 of 24: loss ");
  expect(stdout).toMatch(/What is a language model\?\n {4}before: .*\n {4}after: {2}./);
});
