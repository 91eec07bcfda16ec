import { floats, type Tensor, type TensorType, type Value, value, weight } from "@loam/graph";
import type { AdapterTensors, TensorValue } from "../layers/method.ts";

/** A tensor's numbers as a session takes them, without a copy. */
export function toValue({ shape, data }: TensorValue): Value {
  return value(data, shape);
}

/** What a session gave, as a tensor with numbers. */
export function toTensor(result: Value): TensorValue {
  return { shape: result.dims, data: floats(result) };
}

/** Dtypes and shapes of tensors, as inputs of a program. */
export function typesOf(tensors: AdapterTensors<{ shape: readonly number[] }>): Record<string, TensorType> {
  return mapTensors(tensors, ({ shape }) => ({ dtype: "float32", shape }));
}

/** Tensors that never change inside a graph. */
export function frozen(tensors: AdapterTensors<TensorValue>): Record<string, Tensor> {
  return mapTensors(tensors, ({ shape, data }, name) =>
    weight({ name: `adapter.${name}`, dtype: "float32", shape, source: { data } }),
  );
}

export function mapTensors<T, U>(
  tensors: AdapterTensors<T>,
  replace: (tensor: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, replace(tensor, key)]));
}
