import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { ArgumentError, UnsupportedError } from "@loam/core";
import * as ort from "onnxruntime-node";

/** Where a graph runs. `auto` takes CUDA, CoreML or DirectML where the machine has it, else the CPU. */
export type Device = "cpu" | "webgpu" | "cuda" | "coreml" | "dml" | "auto";

const deviceNames: readonly Device[] = ["cpu", "webgpu", "cuda", "coreml", "dml", "auto"];

export interface DeviceReport {
  device: Exclude<Device, "auto">;
  usable: boolean;
  /** Why not, or what it runs on. */
  note: string;
  /** How to get it; undefined when it is usable. */
  hint?: string;
}

/** Every device this machine might have, whether it is usable and how to get those that are not. */
export function describeDevices(): DeviceReport[] {
  const bundled = new Map(ort.listSupportedBackends().map(({ name, bundled }) => [name, bundled]));
  const [cpu] = cpus();
  const reports: DeviceReport[] = [
    { device: "cpu", usable: true, note: `${cpus().length} × ${cpu?.model.trim() ?? process.arch}` },
  ];
  reports.push(
    !bundled.has("webgpu")
      ? { device: "webgpu", usable: false, note: "not part of this ONNX Runtime build", hint: "use --device cpu" }
      : process.platform === "linux" && !hasVulkanDriver()
        ? {
            device: "webgpu",
            usable: false,
            note: "no Vulkan driver was found",
            hint: "install a GPU driver with Vulkan, or set VK_ICD_FILENAMES to a driver's .json file",
          }
        : { device: "webgpu", usable: true, note: process.env.VK_ICD_FILENAMES ?? "the system's GPU driver" },
  );
  if (bundled.has("cuda")) {
    const usable = existsSync(join(runtimeFolder(), "libonnxruntime_providers_cuda.so"));
    reports.push({
      device: "cuda",
      usable,
      note: usable ? "CUDA libraries present" : "the CUDA libraries are not installed",
      ...(usable
        ? {}
        : { hint: "node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12" }),
    });
  }
  if (bundled.has("coreml")) reports.push({ device: "coreml", usable: true, note: "Apple CoreML" });
  if (bundled.has("dml")) reports.push({ device: "dml", usable: true, note: "DirectML" });
  return reports;
}

/**
 * The device to use for a wish, checked against what this machine has.
 *
 * @throws {UnsupportedError} when it is not usable, with how to get it: there is no silent fallback.
 */
export function chooseDevice(wish: Device): Exclude<Device, "auto"> {
  if (!deviceNames.includes(wish)) throw new ArgumentError("device", wish, `one of ${deviceNames.join(", ")}`);
  if (wish === "cpu") return wish;
  const reports = describeDevices();
  if (wish === "auto") {
    const preferred = ["cuda", "coreml", "dml"] as const;
    return preferred.find((name) => reports.some(({ device, usable }) => device === name && usable)) ?? "cpu";
  }
  const report = reports.find(({ device }) => device === wish);
  if (!report?.usable) {
    throw new UnsupportedError(`The device ${wish} is not usable here: ${report?.note ?? "not in this build"}.`, {
      details: { device: wish, platform: process.platform, arch: process.arch },
      hint: report?.hint ?? "use --device cpu",
    });
  }
  return wish;
}

/**
 * The folder that holds ONNX Runtime's shared library for this platform: inside `onnxruntime-node`, or, in the
 * published packages, a package of its own (docs/decisions/0182).
 */
function runtimeFolder(): string {
  if (process.env.LOAM_ONNXRUNTIME) return process.env.LOAM_ONNXRUNTIME;
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  const own = `@loam/onnxruntime-${process.platform}-${process.arch}/package.json`;
  try {
    return dirname(createRequire(entry).resolve(own));
  } catch {
    return join(dirname(entry), "bin", "napi-v6", process.platform, process.arch);
  }
}

function hasVulkanDriver(): boolean {
  if (process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES) return true;
  return ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].some(
    (folder) => existsSync(folder) && readdirSync(folder).length > 0,
  );
}
