import { parse, relative, resolve } from "node:path";
import { ArgumentError } from "@loam/core";
import { requireGraphMemory } from "../onnx/memory-forecast.ts";
import { encodeModel, type OnnxInitializer } from "../onnx/model.ts";
import { openCached, spillToFile } from "../runtime/cache.ts";
import { fitToDevice } from "../runtime/coverage.ts";
import { chooseDevice } from "../runtime/device.ts";
import { isValue } from "../runtime/finite.ts";
import type { RunOptions, Session, SessionOptions } from "../runtime/session.ts";
import type { Tensor, TensorType, WeightAttributes } from "../tensor/tensor.ts";
import { leavesOf, type MapTree, mapTree, type Tree } from "../tensor/tree.ts";
import type { Value } from "../tensor/value.ts";
import { type InputSpec, isTensor, outputName, type TensorsFor, trace } from "./trace.ts";

/** The values a program takes or gives, in the shape of its tree of tensors. */
export type ValuesFor<S> = MapTree<S, TensorType, Value>;

export interface CompileOptions<S extends InputSpec> extends SessionOptions {
  inputs: S;
  /** The graph's name, as Netron shows it. */
  name?: string;
  /**
   * What to do on a device other than the CPU with operators that read floating-point numbers and that the device lacks:
   * "error" says which they are, "allow" runs them on the CPU, with copies between the devices.
   */
  fallback?: "error" | "allow";
  /** The most memory that the weights, inputs and results on the way may take by a forecast from their shapes. */
  memoryLimitBytes?: number;
}

/** A compiled function: call it with values. */
export interface Program<I, O> {
  (inputs: I, options?: Pick<RunOptions, "signal">): Promise<O>;
  readonly session: Session;
  /** Frees weights and working memory. */
  close(): Promise<void>;
}

/**
 * Writes a tensor function as one ONNX graph and opens it for running.
 *
 * @param fn called once, with symbolic tensors in the shape of `inputs`; returns a tree of tensors.
 * @throws {ShapeError} {@link ArgumentError} from the function itself, while the graph is written.
 * @throws {UnsupportedError} when the device is missing, or lacks operators of the graph.
 * @example
 * const program = await compile(({ x }) => ({ y: mul(x, 2) }), { inputs: { x: { dtype: "float32", shape: ["n"] } } });
 * const { y } = await program({ x: value([1, 2, 3]) });
 */
export async function compile<const S extends InputSpec, O extends Tree<Tensor>>(
  fn: (inputs: TensorsFor<S>) => O,
  { inputs, name, fallback = "error", memoryLimitBytes, ...options }: CompileOptions<S>,
): Promise<Program<ValuesFor<S>, MapTree<O, Tensor, Value>>> {
  const traced = trace(fn, { inputs, name });
  const places = new Places();
  const device = chooseDevice(options.device ?? "cpu");
  const written = traced.toOnnx((weight) => places.place(weight));
  if (memoryLimitBytes !== undefined) requireGraphMemory(written, memoryLimitBytes);
  const graph = device === "cpu" || fallback === "allow" ? written : await fitToDevice(written, device);
  const session = await openCached(encodeModel(graph), {
    // Unpacked, 4-bit groups would be rearranged in every run; packed, they cost little.
    weights: graph.nodes.some(({ type }) => type === "MatMulNBits") ? "packed" : "mapped",
    ...options,
    externalDataFolder: places.root,
    nodeCount: graph.nodes.length,
    weightFiles: [...places.files],
  });

  const run = async (values: ValuesFor<S>, runOptions?: RunOptions) => {
    const feeds = Object.fromEntries(
      leavesOf<Value>(values as Tree<Value>, isValue).map(([path, value]) => [path || "input", value]),
    );
    const results = await session.run(feeds, runOptions);
    return mapTree(traced.outputs, isTensor, (_, path) => results[outputName(path, traced.inputs)]!);
  };
  return Object.assign(run as unknown as Program<ValuesFor<S>, MapTree<O, Tensor, Value>>, {
    session,
    close: () => session.close(),
  });
}

/** Where weights lie on disk, all under one root, because a session reads external data from one folder. */
class Places {
  root: string | undefined;
  readonly files = new Set<string>();

  place({ name, source, shape, dtype }: WeightAttributes): OnnxInitializer["source"] {
    if ("data" in source) {
      const { buffer, byteOffset, byteLength } = source.data;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      if (byteLength < inlineLimitBytes) return bytes;
      return this.place({
        name,
        shape,
        dtype,
        source: { file: spillToFile(bytes), offsetBytes: 0, lengthBytes: byteLength },
      });
    }
    const file = resolve(source.file);
    const { root } = parse(file);
    this.root ??= root;
    this.files.add(file);
    if (root !== this.root) {
      throw new ArgumentError(
        `file of ${name}`,
        file,
        `a file on ${this.root}`,
        "keep all weights of a graph on one drive",
      );
    }
    const { offsetBytes, lengthBytes } = source;
    return { location: relative(root, file).replaceAll("\\", "/"), offsetBytes, lengthBytes };
  }
}

/** Arrays from this size on are put in a file and mapped, so that they exist once, not once in each graph. */
const inlineLimitBytes = 64 * 1024;
