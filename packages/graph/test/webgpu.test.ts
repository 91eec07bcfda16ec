import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { describeDevices } from "../src/index.ts";

/** Debian's Chromium ships SwiftShader, a Vulkan driver that needs no GPU, and the loader for it. */
const chromium = "/usr/lib/chromium";
const hasSwiftShader = existsSync(join(chromium, "vk_swiftshader_icd.json"));
const usable = hasSwiftShader || describeDevices().some(({ device, usable }) => device === "webgpu" && usable);
const environment = hasSwiftShader
  ? { LD_LIBRARY_PATH: chromium, VK_ICD_FILENAMES: join(chromium, "vk_swiftshader_icd.json") }
  : {};

describe.skipIf(!usable)("WebGPU (skipped without a Vulkan driver; Debian: apt install chromium)", () => {
  test("a training graph gives the CPU's numbers to 1e-3", { timeout: 120_000 }, async () => {
    const worker = join(import.meta.dirname, "webgpu.worker.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [worker], {
      env: { ...process.env, ...environment },
    });
    const { loss, difference } = JSON.parse(stdout);
    expect(loss).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-3);
  });
});
