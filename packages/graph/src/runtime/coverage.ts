import { UnsupportedError } from "@loam/core";
import * as ort from "onnxruntime-node";
import { elementTypes } from "../onnx/element-types.ts";
import { isLowerable, lowerNode } from "../onnx/lowerings.ts";
import { encodeModel, type OnnxGraph, type OnnxInitializer, type OnnxNode } from "../onnx/model.ts";
import { type DType, value } from "../tensor/value.ts";
import type { Device } from "./device.ts";

type Accelerator = Exclude<Device, "auto" | "cpu">;

/**
 * The graph, written so that a device computes all of it: operators that it lacks are expressed through others, and
 * those that cannot be are an error. Only what reads floating-point numbers counts: shapes, indices and masks belong on
 * the CPU, where ONNX Runtime puts them by design.
 *
 * @throws {UnsupportedError} naming the operators that would run on the CPU, and how many nodes each has.
 */
export async function fitToDevice(graph: OnnxGraph, device: Accelerator): Promise<OnnxGraph> {
  const missing = new Set(await missingNodes(graph, device));
  if (missing.size === 0) return graph;
  const initializers = new Map<string, OnnxInitializer>();
  const literal = (dtype: DType, shape: readonly number[], x: number) => {
    const name = `literal ${dtype} ${x}`;
    const { data } = value([x], shape, dtype) as unknown as { data: ArrayBufferView };
    initializers.set(name, { name, dtype, shape, source: new Uint8Array(data.buffer) });
    return name;
  };
  const literals = { scalar: (x: number) => literal("float32", [], x), axis: (x: number) => literal("int64", [1], x) };
  const types = elementTypes(graph);
  const nodes = graph.nodes.flatMap((node) =>
    missing.has(node) && isLowerable(node.type) && types.get(node.inputs[0]!) === "float32"
      ? lowerNode(node, literals)
      : [node],
  );
  const fitted = { ...graph, nodes, initializers: [...graph.initializers, ...initializers.values()] };
  const left = await missingNodes(fitted, device);
  if (left.length === 0) return fitted;
  const counts = new Map<string, number>();
  for (const node of left) {
    const operator = `${node.type} ${types.get(node.inputs[0]!)} → ${types.get(node.outputs[0]!)}`;
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  const operators = Object.fromEntries(counts);
  const named = Array.from(counts, ([operator, count]) => `${count} × ${operator}`).join(", ");
  throw new UnsupportedError(
    `${left.length} of ${nodes.length} operators of ${graph.name} cannot run on ${device} and would run on the CPU: ${named}.`,
    {
      details: { device, operators },
      hint: 'write the program without them, use device: "cpu", or accept the copies between the devices with fallback: "allow"',
    },
  );
}

/** The nodes that read floating-point numbers and for which the device has no implementation. */
async function missingNodes(graph: OnnxGraph, device: Accelerator): Promise<OnnxNode[]> {
  const types = elementTypes(graph);
  const literals = new Map(graph.initializers.map((initializer) => [initializer.name, initializer]));
  const folded = new Set(literals.keys()); // what depends on literals alone is computed once, while opening
  const missing: OnnxNode[] = [];
  for (const node of graph.nodes) {
    if (node.inputs.length > 0 && node.inputs.every((name) => folded.has(name))) {
      for (const name of node.outputs) folded.add(name);
      continue;
    }
    if (node.type === "Shape" || !node.inputs.some((name) => isFloat(types.get(name)))) continue;
    if (!(await hasOperator(node, { device, types, literals }))) missing.push(node);
  }
  return missing;
}

const isFloat = (dtype: DType | undefined) => dtype?.startsWith("float") ?? false;

/** By device and one-node model: whether it ran on the device. */
const known = new Map<string, Promise<boolean>>();

/** Asks the device itself: opens a graph of this one node and forbids the CPU. Each kind of node is asked for once. */
function hasOperator(
  node: OnnxNode,
  {
    device,
    types,
    literals,
  }: {
    device: Accelerator;
    types: ReadonlyMap<string, DType>;
    literals: ReadonlyMap<string, OnnxInitializer>;
  },
): Promise<boolean> {
  const inputs = new Map<string, DType>();
  const initializers = new Map<string, OnnxInitializer>();
  const renamed = node.inputs.map((name, i) => {
    if (name === "") return name;
    const literal = literals.get(name);
    if (literal?.source instanceof Uint8Array && literal.source.byteLength <= 64) {
      initializers.set(`i${i}`, { ...literal, name: `i${i}` });
    } else {
      inputs.set(`i${i}`, types.get(name)!);
    }
    return `i${i}`;
  });
  const model = encodeModel({
    name: node.type,
    inputs: Array.from(inputs, ([name, dtype]) => ({ name, type: { dtype } })),
    outputs: node.outputs.map((name, i) => ({ name: `o${i}`, type: { dtype: types.get(name)! } })),
    initializers: [...initializers.values()],
    nodes: [{ ...node, inputs: renamed, outputs: node.outputs.map((_, i) => `o${i}`) }],
  });
  const key = `${device} ${Buffer.from(model).toString("latin1")}`;
  const answer = known.get(key) ?? opensWithoutCpu(model, device);
  known.set(key, answer);
  return answer;
}

async function opensWithoutCpu(model: Uint8Array, device: Accelerator): Promise<boolean> {
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: [device, "cpu"],
      logSeverityLevel: 4,
      extra: { "session.disable_cpu_ep_fallback": "1" },
    });
    await session.release();
    return true;
  } catch (error) {
    // Whatever else is wrong is told when the whole graph is opened.
    return !/assigned to the default CPU EP/.test(String(error));
  }
}
