import { ArgumentError } from "@loam/core";
import type { Emitter } from "../onnx/emitter.ts";
import type { Shape } from "./dim.ts";
import type { DType } from "./value.ts";

/** What a tensor will look like, before it has numbers. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One application of a primitive. Ids grow, so sorting nodes by id sorts them topologically. */
export interface Node {
  readonly id: number;
  readonly primitive: Primitive;
  readonly inputs: readonly Tensor[];
  readonly attrs: Attributes;
  readonly outputs: readonly Tensor[];
}

/** A symbolic tensor: an immutable description of a result, with a dtype and a shape but no numbers yet. */
export class Tensor implements TensorType {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(node: Node, index: number, { dtype, shape }: TensorType) {
    this.node = node;
    this.index = index;
    this.dtype = dtype;
    this.shape = shape;
  }

  get rank(): number {
    return this.shape.length;
  }
}

/** What operations take: a tensor, or a number that becomes a scalar of the other operand's dtype. */
export type Operand = Tensor | number;

// biome-ignore lint/suspicious/noExplicitAny: each primitive knows its own attributes; the table does not
export type Attributes = any;

/** One cotangent per input; undefined where none flows. */
export type Cotangents = (Tensor | undefined)[];

export interface PrimitiveSpec<A> {
  /**
   * The type of the result: a shape (the dtype is then the first input's), a type, or one type per output.
   *
   * @throws {ShapeError} {@link ArgumentError} when the inputs do not fit.
   */
  shape: (inputs: Tensor[], attrs: A) => Shape | TensorType | TensorType[];
  /** Writes the ONNX nodes; takes and returns ONNX value names. */
  emit?: (g: Emitter, inputs: string[], attrs: A, node: Node) => string | string[];
  /** Instead of `emit`: the same result in terms of other primitives. */
  lower?: (inputs: Tensor[], attrs: A) => Tensor | Tensor[];
  /** As what the result is dear enough to be kept by `checkpoint`; left out, it is cheap to compute again. */
  costly?: (node: Node) => "attention" | "product" | undefined;
  /**
   * The vector-Jacobian product: one cotangent per input, undefined where none flows. `dy` and `y` belong to the
   * first output; `all` has those of every output, and `arrived` the finished gradients that no one waits for yet. "none" declares that no gradient exists and stops it.
   */
  vjp:
    | "none"
    | ((
        inputs: Tensor[],
        dy: Tensor,
        attrs: A,
        y: Tensor,
        all: { cotangents: Tensor[]; outputs: readonly Tensor[]; arrived: Tensor[] },
      ) => Cotangents);
}

export interface Primitive extends PrimitiveSpec<Attributes> {
  readonly name: string;
}

/** Every primitive by name. */
export const primitives: ReadonlyMap<string, Primitive> = new Map();

let nextId = 0;

/** Nodes made from now on have at least this id. */
export const currentId = (): number => nextId;

/**
 * Applies a primitive and returns its first output; `node.outputs` has the others. Its shape is what the primitive's
 * shape rule says.
 */
export function apply(primitive: Primitive, operands: readonly Operand[], attrs: Attributes = {}): Tensor {
  const inputs = toTensors(operands);
  const result = primitive.shape(inputs, attrs);
  const types: TensorType[] = isShape(result)
    ? [{ dtype: inputs[0]?.dtype ?? "float32", shape: result }]
    : Array.isArray(result)
      ? result
      : [result as TensorType];
  const outputs: Tensor[] = [];
  const node: Node = { id: nextId++, primitive, inputs, attrs, outputs };
  for (const [index, type] of types.entries()) outputs.push(new Tensor(node, index, type));
  return outputs[0]!;
}

/**
 * Declares a primitive and enters it in the table.
 *
 * @returns the function that applies it: operands first, then (if it has any) its attributes as one object.
 * @throws {ArgumentError} when another primitive has the name.
 */
export function primitive<I extends readonly Operand[], A extends object | undefined = undefined>(
  name: string,
  spec: PrimitiveSpec<A>,
): (...args: A extends undefined ? I : object extends A ? [...I, attrs?: A] : [...I, attrs: A]) => Tensor {
  if (primitives.has(name)) throw new ArgumentError("name", name, "a name that no other primitive has");
  const entry: Primitive = { name, ...(spec as PrimitiveSpec<Attributes>) };
  (primitives as Map<string, Primitive>).set(name, entry);
  return (...args: readonly unknown[]) => {
    const last = args.at(-1);
    const attrs = last instanceof Tensor || typeof last === "number" ? undefined : last;
    return apply(
      entry,
      (attrs === undefined ? args.filter((x) => x !== undefined) : args.slice(0, -1)) as Operand[],
      attrs,
    );
  };
}

export interface ConstantAttributes {
  dtype: DType;
  shape: readonly number[];
  data: readonly number[] | readonly bigint[] | ArrayBufferView;
}

/** A literal tensor, stored in the graph itself. For megabytes of numbers use {@link weight}. */
export const constant = primitive<[], ConstantAttributes>("constant", {
  shape: (_, { dtype, shape }) => ({ dtype, shape }),
  emit: (g, _, attrs) => g.constant(attrs),
  vjp: "none",
});

/** A scalar. */
export const scalar = (x: number, dtype: DType = "float32"): Tensor => constant({ dtype, shape: [], data: [x] });

/** A tensor that is given at run time, under this name. */
export const input = primitive<[], { name: string } & TensorType>("input", {
  shape: (_, { dtype, shape }) => ({ dtype, shape }),
  emit: (g, _, { name, dtype, shape }) => g.input(name, { dtype, shape }),
  vjp: "none",
});

/** Bytes of a frozen tensor: a range of a file, which is memory-mapped and never copied, or an array. */
export type WeightSource = { file: string; offsetBytes: number; lengthBytes: number } | { data: ArrayBufferView };

export interface WeightAttributes {
  name: string;
  dtype: DType | "bfloat16";
  shape: readonly number[];
  source: WeightSource;
}

/**
 * A frozen tensor. From a file (any offset of a `.safetensors`, say) it is mapped into memory, and all sessions of
 * all processes share the same pages.
 */
export const weight = primitive<[], WeightAttributes>("weight", {
  shape: (_, { dtype, shape }) => ({ dtype: dtype as DType, shape }),
  emit: (g, _, attrs) => g.weight(attrs),
  vjp: "none",
});

/** All nodes that the tensors depend on, themselves included, inputs before users. `isLeaf` cuts branches off. */
export function nodesOf(tensors: Iterable<Tensor>, isLeaf: (tensor: Tensor) => boolean = () => false): Node[] {
  const seen = new Set<Node>();
  const stack = [...tensors];
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    if (isLeaf(tensor) || seen.has(tensor.node)) continue;
    seen.add(tensor.node);
    stack.push(...tensor.node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Numbers become scalars of the dtype of the first tensor beside them. */
function toTensors(operands: readonly Operand[]): Tensor[] {
  const dtype = operands.find((x) => x instanceof Tensor)?.dtype ?? "float32";
  return operands.map((x, at) => {
    if (x instanceof Tensor) return x;
    if (typeof x === "number") return scalar(x, dtype);
    throw new ArgumentError(
      `operand ${at}`,
      x,
      "a tensor or a number",
      "values enter a graph through `input` or `constant`",
    );
  });
}

const isShape = (x: unknown): x is Shape => Array.isArray(x) && (x.length === 0 || typeof x[0] !== "object");
