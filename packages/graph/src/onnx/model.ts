import type { Dim } from "../tensor/dim.ts";
import type { TensorType } from "../tensor/tensor.ts";
import type { DType } from "../tensor/value.ts";
import { ProtobufWriter } from "./protobuf.ts";

/** The opset and IR version that graphs are written in. */
const opsetVersion = 18;
const irVersion = 8;

/** `TensorProto.DataType` of onnx.proto3. */
export const onnxTypes: Record<DType | "bfloat16", number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

/** A floating-point attribute; bare numbers are integers in ONNX. */
export interface FloatAttribute {
  float: number;
}
export const float = (x: number): FloatAttribute => ({ float: x });

export type AttributeValue = number | FloatAttribute | string | readonly number[];

export interface OnnxNode {
  type: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, AttributeValue>>;
}

/** A tensor stored with the model: its bytes, or where in a file beside it they are. */
export interface OnnxInitializer {
  name: string;
  dtype: DType | "bfloat16";
  shape: readonly number[];
  source: Uint8Array | { location: string; offsetBytes: number; lengthBytes: number };
}

/** The type of an input or output of a graph; without a shape it may have any. */
type BorderType = { dtype: DType; shape?: TensorType["shape"] };

export interface OnnxGraph {
  name: string;
  inputs: readonly { name: string; type: BorderType }[];
  outputs: readonly { name: string; type: BorderType }[];
  initializers: readonly OnnxInitializer[];
  nodes: readonly OnnxNode[];
  /** What is known of values inside the graph: those that a primitive gives, not those it makes on the way. */
  types?: ReadonlyMap<string, TensorType>;
}

/** The `.onnx` file of a graph. Field numbers are those of onnx.proto3. */
export function encodeModel(graph: OnnxGraph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const domains = [...new Set(graph.nodes.map(({ domain }) => domain).filter((domain) => domain !== ""))];
  const model = new ProtobufWriter().int(1, irVersion).string(2, "loam").message(7, encodeGraph(graph));
  model.message(8, new ProtobufWriter().string(1, "").int(2, opsetVersion));
  for (const domain of domains) model.message(8, new ProtobufWriter().string(1, domain).int(2, 1));
  for (const [key, value] of Object.entries(metadata)) model.message(14, encodeEntry(key, value));
  return model.finish();
}

function encodeGraph({ name, inputs, outputs, initializers, nodes }: OnnxGraph): ProtobufWriter {
  const graph = new ProtobufWriter();
  for (const [index, node] of nodes.entries()) graph.message(1, encodeNode(node, index));
  graph.string(2, name);
  for (const initializer of initializers) graph.message(5, encodeInitializer(initializer));
  for (const { name, type } of inputs) graph.message(11, encodeValueInfo(name, type));
  for (const { name, type } of outputs) graph.message(12, encodeValueInfo(name, type));
  return graph;
}

function encodeNode({ type, domain, inputs, outputs, attributes }: OnnxNode, index: number): ProtobufWriter {
  const node = new ProtobufWriter();
  for (const name of inputs) node.string(1, name);
  for (const name of outputs) node.string(2, name);
  node.string(3, `${type}_${index}`).string(4, type);
  for (const [name, value] of Object.entries(attributes)) node.message(5, encodeAttribute(name, value));
  return domain === "" ? node : node.string(7, domain);
}

function encodeAttribute(name: string, value: AttributeValue): ProtobufWriter {
  const attribute = new ProtobufWriter().string(1, name);
  if (typeof value === "number") return attribute.int(3, value).int(20, 2);
  if (typeof value === "string") return attribute.string(4, value).int(20, 3);
  if ("float" in value) return attribute.float(2, value.float).int(20, 1);
  for (const item of value) attribute.int(8, item);
  return attribute.int(20, 7);
}

function encodeInitializer({ name, dtype, shape, source }: OnnxInitializer): ProtobufWriter {
  const tensor = new ProtobufWriter().packedInts(1, shape).int(2, onnxTypes[dtype]).string(8, name);
  if (source instanceof Uint8Array) return tensor.bytes(9, source);
  tensor.message(13, encodeEntry("location", source.location));
  tensor.message(13, encodeEntry("offset", String(source.offsetBytes)));
  tensor.message(13, encodeEntry("length", String(source.lengthBytes)));
  return tensor.int(14, 1);
}

function encodeValueInfo(name: string, { dtype, shape }: BorderType): ProtobufWriter {
  const tensorType = new ProtobufWriter().int(1, onnxTypes[dtype]);
  if (shape) {
    const dims = new ProtobufWriter();
    for (const dim of shape) dims.message(1, encodeDim(dim));
    tensorType.message(2, dims);
  }
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}

const encodeDim = (dim: Dim): ProtobufWriter =>
  typeof dim === "number" ? new ProtobufWriter().int(1, dim) : new ProtobufWriter().string(2, dim);

const encodeEntry = (key: string, value: string): ProtobufWriter =>
  new ProtobufWriter().string(1, key).string(2, value);
