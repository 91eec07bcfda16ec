import { execFile, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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

  test("only bookkeeping runs on the CPU, as ONNX Runtime itself tells it, or compiling is an error", {
    timeout: 120_000,
  }, async () => {
    const worker = join(import.meta.dirname, "webgpu-operators.worker.ts");
    const folder = mkdtempSync(join(tmpdir(), "loam-webgpu-"));
    const log = join(folder, "log"); // a file: of what does not fit into a pipe at once, ONNX Runtime's log loses a part
    const descriptor = openSync(log, "w");
    const { stdout, status } = spawnSync(process.execPath, [worker], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", descriptor],
      encoding: "utf8",
    });
    closeSync(descriptor);
    const placement = readFileSync(log, "utf8");
    rmSync(folder, { recursive: true });
    expect(status).toBe(0);
    const { errors, differences, floatNodes, fallback } = JSON.parse(stdout);
    expect(errors).toEqual({
      cast: {
        code: "unsupported",
        message:
          "2 of 7 operators of cast cannot run on webgpu and would run on the CPU: 1 × Cast float32 → float64, " +
          '1 × Cast float64 → float32. Write the program without them, use device: "cpu", or accept the copies between ' +
          'the devices with fallback: "allow".',
        details: { device: "webgpu", operators: { "Cast float32 → float64": 1, "Cast float64 → float32": 1 } },
      },
    });
    const onCpu = nodesOnCpu(placement);
    expect(onCpu).toContain("max_pool/Reshape_5"); // of indices
    expect(onCpu.filter((node) => floatNodes.includes(node))).toEqual([]);
    expect(Math.max(...Object.values<number>(differences))).toBeLessThan(1e-5);
    expect(fallback).toEqual([1, Math.fround(Math.E)].map((x) => expect.closeTo(x, 5)));
  });
});

/** The nodes that ONNX Runtime's log says are on the CPU, after the name of their program. */
function nodesOnCpu(log: string): string[] {
  const nodes: string[] = [];
  let program = "";
  let device = "";
  for (const line of log.split("\n")) {
    program = /^# (\w+)/.exec(line)?.[1] ?? program;
    device = /odes?(?:\(s\))? placed on \[(\w+)\]/.exec(line)?.[1] ?? device;
    const node = /VerifyEachNodeIsAssignedToAnEp\] +\w+ \((\S+)\)/.exec(line)?.[1];
    if (node && device === "CPUExecutionProvider") nodes.push(`${program}/${node}`);
  }
  return nodes;
}
