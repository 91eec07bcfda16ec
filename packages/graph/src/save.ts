import { closeSync, openSync, readSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { encodeModel } from "./onnx/model.ts";
import type { Tensor, WeightAttributes } from "./tensor.ts";
import { type InputSpec, type TensorsFor, trace } from "./trace.ts";
import type { Tree } from "./tree.ts";

/**
 * Writes a tensor function as a standard `.onnx` file, with its frozen weights in `<path>.data` beside it, so that
 * there is no 2 GB limit. The pair opens in Netron, onnxruntime-web and any other ONNX runtime.
 */
export function save<S extends InputSpec, O extends Tree<Tensor>>(
  fn: (inputs: TensorsFor<S>) => O,
  { inputs, path, name }: { inputs: S; path: string; name?: string },
): void {
  const dataPath = `${path}.data`;
  const weights: { weight: WeightAttributes; offsetBytes: number }[] = [];
  let end = 0;
  const graph = trace(fn, { inputs, name }).toOnnx((weight) => {
    const offsetBytes = Math.ceil(end / pageBytes) * pageBytes;
    const lengthBytes = "data" in weight.source ? weight.source.data.byteLength : weight.source.lengthBytes;
    weights.push({ weight, offsetBytes });
    end = offsetBytes + lengthBytes;
    return { location: basename(dataPath), offsetBytes, lengthBytes };
  });
  if (weights.length > 0) writeWeights(dataPath, weights);
  writeFileSync(path, encodeModel(graph));
}

/** Weights start on page boundaries, so that they can be mapped. */
const pageBytes = 4096;

function writeWeights(path: string, weights: { weight: WeightAttributes; offsetBytes: number }[]): void {
  const output = openSync(`${path}.part`, "w");
  for (const { weight, offsetBytes } of weights) {
    if ("data" in weight.source) {
      const { buffer, byteOffset, byteLength } = weight.source.data;
      writeSync(output, new Uint8Array(buffer, byteOffset, byteLength), 0, byteLength, offsetBytes);
      continue;
    }
    const { file, offsetBytes: from, lengthBytes } = weight.source;
    const source = openSync(file, "r");
    const chunk = new Uint8Array(Math.min(lengthBytes, 1 << 24));
    for (let done = 0; done < lengthBytes; ) {
      const count = readSync(source, chunk, 0, Math.min(chunk.length, lengthBytes - done), from + done);
      writeSync(output, chunk, 0, count, offsetBytes + done);
      done += count;
    }
    closeSync(source);
  }
  closeSync(output);
  renameSync(`${path}.part`, path);
}
