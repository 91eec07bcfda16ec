/**
 * Compiles the row of every primitive for WebGPU. On stdout, as JSON: the errors by primitive, differences from the CPU of
 * what was lowered, and the nodes that read floating-point numbers, by name. On stderr: ONNX Runtime's own account of where
 * it put each node.
 */
import * as ort from "onnxruntime-node";
import { trace } from "../src/compile/trace.ts";
import * as g from "../src/index.ts";
import { elementTypes } from "../src/onnx/element-types.ts";
import { encodeModel } from "../src/onnx/model.ts";
import { fitToDevice } from "../src/runtime/coverage.ts";
import { gradcheckTable } from "./gradcheck.table.ts";

const errors: Record<string, { message: string; code: string; details: unknown }> = {};
const floatNodes: string[] = [];
for (const [name, { shapes, fn }] of Object.entries(gradcheckTable)) {
  const inputs = { x: shapes.map((shape) => ({ dtype: "float32" as const, shape })) };
  const program = ({ x }: g.TensorsFor<typeof inputs>) => {
    const loss = g.reduceSum(fn(...x));
    return { loss, grads: g.gradients(loss, x) };
  };
  try {
    const graph = await fitToDevice(
      trace(program, { inputs, name }).toOnnx(({ source }) => {
        const { buffer, byteOffset, byteLength } = (source as { data: ArrayBufferView }).data;
        return new Uint8Array(buffer, byteOffset, byteLength);
      }),
      "webgpu",
    );
    const types = elementTypes(graph);
    for (const [index, { type, inputs }] of graph.nodes.entries()) {
      const readsFloats = inputs.some((input) => types.get(input)?.startsWith("float"));
      if (readsFloats && type !== "Shape") floatNodes.push(`${name}/${type}_${index}`);
    }
    console.error(`\n# ${name}`);
    const session = await ort.InferenceSession.create(encodeModel(graph), {
      executionProviders: ["webgpu", "cpu"],
      logSeverityLevel: 0,
    });
    await session.release();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const { message, code, details } = error as Error & { code: string; details: unknown };
    errors[name] = { message, code, details };
  }
}

const numbers = [-2.5, -1.5, -0.5, -0.2, 0, 0.5, 0.7, 1.5, 2.5, 40, -40, 3];
const lowered: Record<string, g.Value>[] = [];
for (const device of ["cpu", "webgpu"] as const) {
  const program = await g.compile(
    ({ x }) => ({ logSoftmax: g.logSoftmax(x, { axis: -1 }), round: g.round(x), sign: g.sign(x) }),
    { inputs: { x: { dtype: "float32", shape: ["n", 4] } }, device },
  );
  lowered.push(await program({ x: g.value(numbers, [3, 4]) }));
  await program.close();
}
const [cpu, gpu] = lowered as [Record<string, g.Value>, Record<string, g.Value>];
const differences = Object.fromEntries(
  Object.keys(cpu).map((name) => {
    const [a, b] = [g.numbers(cpu[name]!), g.numbers(gpu[name]!)];
    return [name, Math.max(...a.map((x, i) => Math.abs(x - b[i]!)))];
  }),
);
const allowed = await g.compile(({ x }) => g.cast(g.cast(g.exp(x), "float64"), "float32"), {
  inputs: { x: { dtype: "float32", shape: [2] } },
  device: "webgpu",
  fallback: "allow",
});
const fallback = g.numbers(await allowed({ x: g.value([0, 1]) }));
await allowed.close();
console.log(JSON.stringify({ errors, differences, floatNodes, fallback }));
