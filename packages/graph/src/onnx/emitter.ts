import { ArgumentError, LoamError } from "@loam/core";
import { type Dim, isName, quotientOf, type Shape, termsOf } from "../tensor/dim.ts";
import {
  type ConstantAttributes,
  type Node,
  nodesOf,
  type Tensor,
  type TensorType,
  type WeightAttributes,
} from "../tensor/tensor.ts";
import type { DType } from "../tensor/value.ts";
import { value } from "../tensor/value.ts";
import { type AttributeValue, type OnnxGraph, type OnnxInitializer, type OnnxNode, onnxTypes } from "./model.ts";

/** Contributed operators of ONNX Runtime, the domain of everything that is not standard ONNX. */
export const microsoft = "com.microsoft";

/**
 * Turns tensors into ONNX nodes. Primitives call it from `emit`: `g.op("MatMul", [a, b])` adds a node and returns
 * the name of its result. Equal nodes are written once.
 */
export class Emitter {
  readonly #nodes: OnnxNode[] = [];
  readonly #inputs = new Map<string, TensorType>();
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #weights = new Map<string, WeightAttributes>();
  readonly #names = new Map<Tensor, string>();
  readonly #types = new Map<string, TensorType>();
  readonly #known = new Map<string, readonly string[]>();
  readonly #dimSources = new Map<string, { name: string; axis: number }>();
  readonly #reserved: ReadonlySet<string>;
  #counter = 0;

  /** @param reserved names that outputs will have, so that nothing else takes them. */
  constructor(reserved: Iterable<string> = []) {
    this.#reserved = new Set(reserved);
  }

  /** Adds a node with one output. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue | undefined> = {},
    domain = "",
  ): string {
    return this.ops(type, 1, inputs, attributes, domain)[0]!;
  }

  /** Adds a node with several outputs. */
  ops(
    type: string,
    count: number,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue | undefined> = {},
    domain = "",
  ): readonly string[] {
    const given = Object.fromEntries(Object.entries(attributes).filter(([, x]) => x !== undefined)) as Record<
      string,
      AttributeValue
    >;
    const key = JSON.stringify([domain, type, count, inputs, given]);
    const known = this.#known.get(key);
    if (known) return known;
    const outputs = Array.from({ length: count }, () => `${type}_${this.#counter++}`);
    this.#nodes.push({ type, domain, inputs, outputs, attributes: given });
    this.#known.set(key, outputs);
    return outputs;
  }

  /** A literal stored in the graph. */
  constant({ dtype, shape, data }: ConstantAttributes): string {
    const storage = ArrayBuffer.isView(data)
      ? data
      : (value(data as readonly number[], shape, dtype).data as unknown as ArrayBufferView);
    const bytes = new Uint8Array(storage.buffer, storage.byteOffset, storage.byteLength);
    const key = `constant ${dtype} ${shape} ${bytes.byteLength <= 64 ? bytes : this.#counter++}`;
    const known = this.#known.get(key);
    if (known) return known[0]!;
    const name = `constant_${this.#counter++}`;
    this.#initializers.set(name, { name, dtype, shape, source: bytes });
    this.#known.set(key, [name]);
    return name;
  }

  /** A one-axis int64 literal: axes, pads and the like. */
  ints(values: readonly number[]): string {
    return this.constant({ dtype: "int64", shape: [values.length], data: values });
  }

  cast(x: string, to: DType): string {
    return this.op("Cast", [x], { to: onnxTypes[to] });
  }

  scalar(x: number, dtype: DType = "float32"): string {
    return this.constant({ dtype, shape: [], data: [x] });
  }

  /** @throws {ArgumentError} when one name gets two dtypes or shapes. */
  input(name: string, type: TensorType): string {
    const known = this.#inputs.get(name);
    if (known && JSON.stringify(known) !== JSON.stringify(type)) {
      throw new ArgumentError(
        "input",
        name,
        "one dtype and shape per input name",
        "give the two inputs different names",
      );
    }
    this.#inputs.set(name, type);
    return name;
  }

  /** A frozen tensor; one with a name that is taken by something else gets a number after it. */
  weight(attrs: WeightAttributes): string {
    const known = this.#weights.get(attrs.name);
    if (known && sameSource(known, attrs)) return attrs.name;
    const taken = known || this.#inputs.has(attrs.name) || this.#reserved.has(attrs.name);
    const name = taken ? `${attrs.name}_${this.#counter++}` : attrs.name;
    this.#weights.set(name, attrs);
    return name;
  }

  /**
   * A dimension as an int64 of shape [1], computed at run time where it is not a number.
   *
   * @throws {ArgumentError} for a dimension that no input has.
   */
  dim(dim: Dim): string {
    if (typeof dim === "number") return this.ints([dim]);
    if (isName(dim)) {
      const source = this.#dimSources.get(dim);
      if (!source) {
        throw new ArgumentError("dimension", dim, "a name that an input's shape has", "give one input that dimension");
      }
      return this.op("Shape", [source.name], { start: source.axis, end: source.axis + 1 });
    }
    const terms = termsOf(dim).map(({ coefficient, factors }) => {
      const names = factors.map((factor) => {
        const quotient = quotientOf(factor);
        return quotient
          ? this.op("Div", [this.dim(quotient.numerator), this.ints([quotient.divisor])])
          : this.dim(factor);
      });
      if (coefficient !== 1 || names.length === 0) names.push(this.ints([coefficient]));
      return names.reduce((a, b) => this.op("Mul", [a, b]));
    });
    return terms.reduce((a, b) => this.op("Add", [a, b]));
  }

  /** A shape as an int64 of shape [rank]. */
  shape(shape: Shape): string {
    if (shape.every((dim) => typeof dim === "number")) return this.ints(shape as number[]);
    return this.op(
      "Concat",
      shape.map((dim) => this.dim(dim)),
      { axis: 0 },
    );
  }

  /** Writes everything the tensors depend on and returns their names. */
  emit(tensors: readonly Tensor[]): string[] {
    for (const node of nodesOf(tensors, (tensor) => this.#names.has(tensor))) this.#emitNode(node);
    return tensors.map((tensor) => this.#names.get(tensor)!);
  }

  /** The finished graph. External weights are resolved to model files by the caller. */
  finish(
    name: string,
    outputs: Readonly<Record<string, Tensor>>,
    place: (weight: WeightAttributes) => OnnxInitializer["source"],
  ): OnnxGraph {
    const names = this.emit(Object.values(outputs));
    const made = new Set(this.#nodes.flatMap((node) => node.outputs));
    const renamed = new Map<string, string>();
    for (const [i, output] of Object.keys(outputs).entries()) {
      const name = names[i]!;
      // A result takes the output's name; what is an input, or an output already, is copied.
      if (made.has(name) && !renamed.has(name)) renamed.set(name, output);
      else this.#nodes.push({ type: "Identity", domain: "", inputs: [name], outputs: [output], attributes: {} });
    }
    const called = (name: string) => renamed.get(name) ?? name;
    return {
      name,
      inputs: Array.from(this.#inputs, ([name, type]) => ({ name, type })),
      outputs: Object.entries(outputs).map(([name, { dtype, shape }]) => ({ name, type: { dtype, shape } })),
      initializers: [
        ...this.#initializers.values(),
        ...Array.from(this.#weights, ([name, weight]) => ({ ...weight, name, source: place(weight) })),
      ],
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(called),
        outputs: node.outputs.map(called),
      })),
      types: new Map(Array.from(this.#types, ([name, type]) => [called(name), type])),
    };
  }

  #emitNode(node: Node): void {
    const { primitive, inputs, attrs, outputs } = node;
    const names = inputs.map((tensor) => this.#names.get(tensor)!);
    const results = primitive.lower
      ? this.emit([primitive.lower([...inputs], attrs)].flat())
      : primitive.emit
        ? [primitive.emit(this, names, attrs, node)].flat()
        : undefined;
    if (!results) throw new LoamError("bug", `The primitive ${primitive.name} has neither emit nor lower.`);
    for (const [i, output] of outputs.entries()) {
      this.#names.set(output, results[i]!);
      this.#types.set(results[i]!, { dtype: output.dtype, shape: output.shape });
      for (const [axis, dim] of output.shape.entries()) {
        if (isName(dim) && !this.#dimSources.has(dim)) this.#dimSources.set(dim, { name: results[i]!, axis });
      }
    }
  }
}

function sameSource(a: WeightAttributes, b: WeightAttributes): boolean {
  if ("data" in a.source || "data" in b.source) return a.source === b.source;
  return a.source.file === b.source.file && a.source.offsetBytes === b.source.offsetBytes && a.dtype === b.dtype;
}
