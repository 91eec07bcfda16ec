import { floats, type Value, value } from "@loam/graph";
import type { TensorValue } from "./method.ts";

/** A tensor's numbers as a session takes them, without a copy. */
export function toValue({ shape, data }: TensorValue): Value {
  return value(data, shape);
}

/** What a session gave, as a tensor with numbers. */
export function toTensor(result: Value): TensorValue {
  return { shape: result.dims, data: floats(result) };
}
