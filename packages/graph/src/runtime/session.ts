import { ArgumentError, InputError, NotFoundError, ShapeError, throwIfCancelled, UnsupportedError } from "@loam/core";
import * as ort from "onnxruntime-node";
import { showShape } from "../tensor/dim.ts";
import type { DType, Value } from "../tensor/value.ts";
import { chooseDevice, type Device } from "./device.ts";

export interface SessionOptions {
  device?: Device;
  /** Threads of the CPU device; left out, one per physical core. */
  threads?: number;
  /** Folder that external data in a model given as bytes is relative to. */
  externalDataFolder?: string;
  /**
   * "mapped" multiplies by weights where they lie in their files, shared by all sessions; "packed" makes each session a
   * rearranged copy, up to 20% faster for many rows, not for one. Left out, `compile` maps and `openSession` packs.
   */
  weights?: "mapped" | "packed";
  /** "low" gives working memory back as soon as it is not needed, instead of keeping it for the next run. */
  memory?: "fast" | "low";
  /** How far ONNX Runtime rewrites the graph; "none" keeps it node by node, for debugging. */
  optimization?: "all" | "basic" | "none";
  /** A file to write the graph to as ONNX Runtime has rewritten it. */
  saveOptimizedTo?: string;
  /** Further `SessionOptions` entries of ONNX Runtime, such as `session.disable_prepacking`. */
  config?: Record<string, string>;
}

/** What an input or output must look like; named dimensions take any size, the same wherever the name appears. */
export interface ValueInfo {
  name: string;
  dtype: DType;
  shape: readonly (number | string)[];
}

export interface RunOptions {
  signal?: AbortSignal;
  /** Values that outputs are written into, without a new allocation. */
  into?: Readonly<Record<string, Value>>;
  /** The outputs to compute; left out, all. */
  only?: readonly string[];
}

export interface Session {
  readonly device: Exclude<Device, "auto">;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph once. Runs of one session queue up behind each other.
   *
   * @throws {ShapeError} {@link ArgumentError} when a feed is missing, unknown or has the wrong dtype or shape.
   */
  run(feeds: Readonly<Record<string, Value>>, options?: RunOptions): Promise<Record<string, Value>>;
  /** Frees the weights and working memory; the session cannot run afterwards. */
  close(): Promise<void>;
}

/**
 * Opens an ONNX model, ours or foreign, for running.
 *
 * @param source path of a `.onnx` file, or its bytes.
 * @throws {NotFoundError} when there is no such file, {@link InputError} when it is not a usable model,
 *   {@link UnsupportedError} when the device is missing or lacks an operator of the graph.
 */
export async function openSession(source: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const device = chooseDevice(options.device ?? "cpu");
  const settings = toOrtOptions(device, options);
  let session: ort.InferenceSession;
  try {
    session =
      typeof source === "string"
        ? await ort.InferenceSession.create(source, settings)
        : await ort.InferenceSession.create(source, settings);
  } catch (error) {
    throw asLoadError(error, source, device);
  }
  const inputs = session.inputMetadata.map(toValueInfo);
  const outputs = session.outputMetadata.map(toValueInfo);
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function run(feeds: Readonly<Record<string, Value>>, { signal, into, only }: RunOptions = {}) {
    if (closed) throw new ArgumentError("session", "closed", "an open session", "open it again");
    checkFeeds(inputs, feeds);
    const fetches: Record<string, Value | null> = {};
    for (const name of only ?? session.outputNames) fetches[name] = into?.[name] ?? null;
    const turn = queue.then(() => {
      throwIfCancelled(signal, "The run");
      return session.run(feeds, fetches);
    });
    queue = turn.catch(() => {});
    return turn as Promise<Record<string, Value>>;
  }

  return {
    device,
    inputs,
    outputs,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run,
    async close() {
      if (closed) return;
      closed = true;
      await queue;
      await session.release();
    },
  };
}

function toOrtOptions(device: Exclude<Device, "auto">, options: SessionOptions): ort.InferenceSession.SessionOptions {
  const config: Record<string, string> = { ...options.config };
  if (options.externalDataFolder) {
    config["session.model_external_initializers_file_folder_path"] = options.externalDataFolder;
  }
  if (options.weights === "mapped") config["session.disable_prepacking"] ??= "1";
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: options.threads ?? 0,
    graphOptimizationLevel: options.optimization === "none" ? "disabled" : (options.optimization ?? "all"),
    // A planned pattern keeps one block for the worst case: 1.2 GB more in a training step, for no speed.
    enableMemPattern: false,
    // The arena grows by doubling; without it every block goes back as soon as it is not needed.
    enableCpuMemArena: options.memory !== "low",
    ...(options.saveOptimizedTo && { optimizedModelFilePath: options.saveOptimizedTo }),
    logSeverityLevel: 3,
    extra: config,
  };
}

function toValueInfo(metadata: ort.InferenceSession.ValueMetadata): ValueInfo {
  if (!metadata.isTensor) return { name: metadata.name, dtype: "float32", shape: [] };
  return { name: metadata.name, dtype: metadata.type as DType, shape: metadata.shape };
}

/** Names, dtypes and shapes at the border, so that a mistake is told in the caller's words. */
function checkFeeds(inputs: readonly ValueInfo[], feeds: Readonly<Record<string, Value>>): void {
  const known = inputs.map(({ name }) => name);
  for (const name of Object.keys(feeds)) {
    if (!known.includes(name)) throw new NotFoundError("input", name, { known, details: { known } });
  }
  const sizes = new Map<string, { size: number; input: string }>();
  for (const { name, dtype, shape } of inputs) {
    const feed = feeds[name];
    if (!feed) throw new ArgumentError(name, undefined, `a ${dtype} value of shape ${showShape(shape)}`);
    if (feed.type !== dtype) throw new ArgumentError(name, feed.type, `a ${dtype} value`);
    const fits =
      feed.dims.length === shape.length &&
      feed.dims.every((size, axis) => {
        const dim = shape[axis]!;
        if (typeof dim === "number") return dim === size;
        if (dim === "") return true;
        const seen = sizes.get(dim);
        if (!seen) sizes.set(dim, { size, input: name });
        return !seen || seen.size === size;
      });
    if (!fits) {
      const bound = [...sizes].map(([dim, { size, input }]) => `${dim} is ${size} in ${input}`).join(", ");
      throw new ShapeError(name, {
        got: showShape(feed.dims),
        expected: showShape(shape),
        hint: bound ? `a named dimension has one size per run: ${bound}` : undefined,
      });
    }
  }
}

function asLoadError(error: unknown, source: string | Uint8Array, device: string): Error {
  const message = error instanceof Error ? error.message : String(error);
  const name = typeof source === "string" ? source : `a model of ${source.byteLength} bytes`;
  if (/doesn't exist|No such file/i.test(message) && typeof source === "string" && message.includes(source)) {
    return new NotFoundError("model file", source, { cause: error });
  }
  if (/WebGPU adapter/.test(message)) {
    return new UnsupportedError("The device webgpu is not usable here: no adapter was found.", {
      details: { device },
      hint: "install a GPU driver with Vulkan and its loader (libvulkan1), or use device cpu",
      cause: error,
    });
  }
  if (/NOT_IMPLEMENTED|Could not find an implementation|fallback to CPU EP/.test(message)) {
    return new UnsupportedError(`The device ${device} cannot run ${name}: ${message}`, {
      details: { device },
      hint: device === "cpu" ? undefined : "use device cpu",
      cause: error,
    });
  }
  return new InputError("invalid_model", `${name} cannot be opened: ${message}`, { cause: error });
}
