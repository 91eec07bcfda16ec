import { ArgumentError, ShapeError } from "@loam/core";
import * as ort from "onnxruntime-node";

/** The element types that tensors can have, in ONNX Runtime's spelling. */
export type DType =
  | "float32"
  | "float16"
  | "float64"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool";

/** A tensor with numbers in it: what a session takes and returns. Row-major; `dims` is its shape. */
export type Value = ort.Tensor;

/** The arrays a {@link Value} may be made of; `int64` also takes plain numbers. */
export type ValueData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly number[]
  | readonly boolean[];

const dtypeOfArray = new Map<unknown, DType>([
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [Int8Array, "int8"],
  [Uint8Array, "uint8"],
  [Int16Array, "int16"],
  [Uint16Array, "uint16"],
  [Int32Array, "int32"],
  [Uint32Array, "uint32"],
  [BigInt64Array, "int64"],
  [BigUint64Array, "uint64"],
]);

/**
 * A value from an array and a shape. The dtype follows the array's type; plain arrays become float32 (numbers)
 * or bool (booleans) unless a dtype is given.
 *
 * @param data row-major elements; a typed array is used as it is, without a copy.
 * @param shape its product must equal the number of elements; left out, one axis.
 * @throws {ShapeError} when shape and number of elements differ.
 */
export function value(data: ValueData, shape: readonly number[] = [data.length], dtype?: DType): Value {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size !== data.length) {
    throw new ShapeError("value", {
      got: `${data.length} elements for shape [${shape.join(", ")}]`,
      expected: `${size} elements`,
      hint: "a value is row-major with every element present",
    });
  }
  const type = dtype ?? dtypeOfArray.get(data.constructor) ?? (typeof data[0] === "boolean" ? "bool" : "float32");
  return new ort.Tensor(type as "float32", toStorage(data, type) as Float32Array, shape as number[]);
}

/** A value of zeros. */
export function zeroValue(dtype: DType, shape: readonly number[]): Value {
  return value(
    Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, () => 0),
    shape,
    dtype,
  );
}

/** The same elements in the typed array that holds `dtype`. */
function toStorage(data: ValueData, dtype: DType): unknown {
  switch (dtype) {
    case "float32":
      return data instanceof Float32Array ? data : Float32Array.from(data as readonly number[]);
    case "float64":
      return data instanceof Float64Array ? data : Float64Array.from(data as readonly number[]);
    case "int32":
      return data instanceof Int32Array ? data : Int32Array.from(data as readonly number[], Number);
    case "uint32":
      return data instanceof Uint32Array ? data : Uint32Array.from(data as readonly number[], Number);
    case "int64":
      return data instanceof BigInt64Array ? data : BigInt64Array.from(data as readonly number[], BigInt);
    case "uint64":
      return data instanceof BigUint64Array ? data : BigUint64Array.from(data as readonly number[], BigInt);
    case "bool":
      return data instanceof Uint8Array ? data : Uint8Array.from(data as readonly number[], Number);
    case "uint8":
      return data instanceof Uint8Array ? data : Uint8Array.from(data as readonly number[]);
    case "int8":
      return data instanceof Int8Array ? data : Int8Array.from(data as readonly number[]);
    case "int16":
      return data instanceof Int16Array ? data : Int16Array.from(data as readonly number[]);
    case "uint16":
    case "float16":
      if (data instanceof Uint16Array) return data;
      throw new ArgumentError("data", data.constructor.name, `a Uint16Array with the bits of ${dtype}`);
  }
}

/** The elements as plain numbers, whatever the dtype; meant for small values such as losses and ids. */
export function numbers(value: Value): number[] {
  return Array.from(value.data as Iterable<number | bigint | boolean>, Number);
}

/** The float32 elements themselves, without a copy. @throws {ArgumentError} for another dtype. */
export function floats(value: Value): Float32Array {
  if (value.data instanceof Float32Array) return value.data;
  throw new ArgumentError("value", value.type, "a float32 value", "cast it inside the graph");
}
