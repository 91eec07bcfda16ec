import { closeSync, openSync, readSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { encodeModel } from "../onnx/model.ts";
import type { Tensor, WeightAttributes } from "../tensor/tensor.ts";
import type { Tree } from "../tensor/tree.ts";
import { type InputSpec, type TensorsFor, trace } from "./trace.ts";

/** How {@link save} names and divides what it writes. */
interface SaveOptions<S extends InputSpec> {
  inputs: S;
  path: string;
  name?: string;
  /** The path of each file of weights, counted from 0; all in the folder of `path`. */
  dataPath?: (chunk: number) => string;
  /** A file of weights larger than this is begun anew; left out, there is one. */
  chunkBytes?: number;
}

/**
 * Writes a tensor function as a standard `.onnx` file, with its frozen weights in `<path>.data` beside it, so that
 * there is no 2 GB limit. The pair opens in Netron, onnxruntime-web and any other ONNX runtime.
 *
 * @returns the number of files that the weights take.
 */
export function save<S extends InputSpec, O extends Tree<Tensor>>(
  fn: (inputs: TensorsFor<S>) => O,
  {
    inputs,
    path,
    name,
    dataPath = (chunk) => `${path}.data${chunk || ""}`,
    chunkBytes = Number.POSITIVE_INFINITY,
  }: SaveOptions<S>,
): number {
  const chunks: PlacedWeight[][] = [];
  let end = 0;
  const graph = trace(fn, { inputs, name }).toOnnx((weight) => {
    const lengthBytes = "data" in weight.source ? weight.source.data.byteLength : weight.source.lengthBytes;
    if (chunks.length === 0 || end + lengthBytes > chunkBytes) {
      chunks.push([]);
      end = 0;
    }
    const offsetBytes = Math.ceil(end / pageBytes) * pageBytes;
    chunks.at(-1)!.push({ weight, offsetBytes });
    end = offsetBytes + lengthBytes;
    return { location: basename(dataPath(chunks.length - 1)), offsetBytes, lengthBytes };
  });
  for (const [chunk, weights] of chunks.entries()) writeWeights(dataPath(chunk), weights);
  writeFileSync(path, encodeModel(graph));
  return chunks.length;
}

interface PlacedWeight {
  weight: WeightAttributes;
  offsetBytes: number;
}

/** Weights start on page boundaries, so that they can be mapped. */
const pageBytes = 4096;

function writeWeights(path: string, weights: readonly PlacedWeight[]): void {
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
