/** Does a product through `compile` cost more than a session written by hand, and how much less than tfjs in WebAssembly? */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as g from "../packages/graph/src/index.ts";
import { measure, report } from "./measure.ts";

const ort: typeof import("onnxruntime-node") = createRequire(import.meta.resolve("@loam/graph"))("onnxruntime-node");

const size = 1024;
const inputs = { a: { dtype: "float32", shape: [size, size] }, b: { dtype: "float32", shape: [size, size] } } as const;
const product = ({ a, b }: { a: g.Tensor; b: g.Tensor }) => ({ y: g.matmul(a, b) });
const numbers = () => Float32Array.from({ length: size * size }, (_, i) => Math.sin(i));

const folder = mkdtempSync(join(tmpdir(), "loam-bench-"));
const path = join(folder, "matmul.onnx");
g.save(product, { inputs, path });
const byHand = await ort.InferenceSession.create(path);
const compiled = await g.compile(product, { inputs });
const values = { a: g.value(numbers(), [size, size]), b: g.value(numbers(), [size, size]) };
const tensors = {
  a: new ort.Tensor("float32", numbers(), [size, size]),
  b: new ort.Tensor("float32", numbers(), [size, size]),
};

const wasmFolder = dirname(
  createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm"),
);
setWasmPaths(`${wasmFolder}/`);
await tf.setBackend("wasm");
const [left, right] = [tf.tensor2d(numbers(), [size, size]), tf.tensor2d(numbers(), [size, size])];
async function multiplyInWasm() {
  const y = tf.matMul(left, right);
  await y.data();
  y.dispose();
}

const timings = await measure(
  {
    compiled: () => compiled(values),
    "onnxruntime-node by hand": () => byHand.run(tensors),
    "tfjs-wasm": multiplyInWasm,
  },
  { rounds: 15, warmUps: 3 },
);
const [ours, theirs] = [timings.compiled, timings["onnxruntime-node by hand"]];
report(
  `Matrix product ${size}², float32`,
  [
    { name: "time against a session by hand", value: ours.medianMs / theirs.medianMs, unit: "×", atMost: 1.03 },
    { name: "speed against tfjs-wasm", value: timings["tfjs-wasm"].medianMs / ours.medianMs, unit: "×", atLeast: 5 },
    { name: "arithmetic", value: (2 * size ** 3) / ours.medianMs / 1e6, unit: "GFLOP/s" },
  ],
  timings,
);
await compiled.close();
rmSync(folder, { recursive: true });
