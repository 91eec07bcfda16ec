import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@loam/formats";
import { compile, floats, numbers, type Tensor, type TensorType, type Tree, type Value, value } from "@loam/graph";
import { Modules } from "@loam/models";
import { expect } from "vitest";

/** The recorded numbers: `LOAM_GOLDEN` or the shared folder where there is one, else the subset kept here. */
export const goldenFolder = (...parts: string[]): string =>
  [
    process.env.LOAM_GOLDEN,
    join(import.meta.dirname, "../../../../shared/golden"),
    join(import.meta.dirname, "../golden"),
  ]
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, ...parts))
    .find((folder) => existsSync(folder)) ?? join(import.meta.dirname, "../golden", ...parts);

/** One recorded file. */
export class Golden {
  readonly name: string;
  readonly tensors: ReadonlyMap<string, Value>;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(name: string, tensors: ReadonlyMap<string, Value>, metadata: Readonly<Record<string, string>>) {
    this.name = name;
    this.tensors = tensors;
    this.metadata = metadata;
  }

  static async read(...path: string[]): Promise<Golden> {
    const { tensors, metadata } = await readSafetensors(goldenFolder(...path));
    const values = [...tensors].map(
      ([name, { data, shape, dtype }]) =>
        [
          name,
          value(data as Float32Array, shape, dtype === "F64" ? "float64" : dtype === "I32" ? "int32" : undefined),
        ] as const,
    );
    return new Golden(path.at(-1)!, new Map(values), metadata);
  }

  // biome-ignore lint/suspicious/noExplicitAny: each family's config is its own
  config<T = any>(): T {
    return JSON.parse(this.metadata.config!);
  }

  has = (name: string): boolean => this.tensors.has(name);

  get(name: string): Value {
    const found = this.tensors.get(name);
    if (!found) throw new Error(`${this.name} has no ${name}`);
    return found;
  }

  floats = (name: string): Float32Array => floats(this.get(name));
  numbers = (name: string): number[] => numbers(this.get(name));
  shape = (name: string): number[] => [...this.get(name).dims];

  /** Int32 values as the int64 of indices. */
  indices = (name: string): Value => value(this.numbers(name), this.shape(name), "int64");
  mask = (name: string): Value =>
    value(
      this.numbers(name).map((x) => x !== 0),
      this.shape(name),
      "bool",
    );

  /** Everything under a prefix, without it. */
  under(prefix: string): Record<string, Value> {
    return Object.fromEntries(
      [...this.tensors].flatMap(([name, x]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [])),
    );
  }
}

/** Names of recorded files that begin so. */
export const goldenFiles = (folder: string, start: string): string[] =>
  existsSync(goldenFolder(folder))
    ? readdirSync(goldenFolder(folder)).filter((name) => name.startsWith(start) && name.endsWith(".safetensors"))
    : [];

export const readGoldenJson = <T>(...path: string[]): T => JSON.parse(readFileSync(goldenFolder(...path), "utf8"));

/** What the README of the recorded numbers allows: relative to the largest value. */
const tolerance = 2e-5;

/** Fails with name and difference where two sets of numbers are further apart than allowed. */
export function expectClose(
  actual: Value | ArrayLike<number>,
  expected: Value | ArrayLike<number>,
  { what, within = tolerance, atLeast = 1e-6 }: { what: string; within?: number; atLeast?: number },
): void {
  const [a, b] = [actual, expected].map((x) => ("dims" in x ? numbers(x) : Array.from(x)));
  expect(a!.length, `${what}: number of values`).toBe(b!.length);
  const scale = b!.reduce((largest, x) => Math.max(largest, Math.abs(x)), atLeast);
  const worst = a!.reduce((most, x, i) => Math.max(most, Number.isNaN(x) ? Infinity : Math.abs(x - b![i]!) / scale), 0);
  expect(worst, `${what}: largest difference`).toBeLessThanOrEqual(within);
}

/** Dtypes and shapes of values. */
const specOf = (values: Readonly<Record<string, Value>>): Record<string, TensorType> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { type, dims }]) => [name, { dtype: type as "float32", shape: dims }]),
  );

/** Runs a tensor function once on values. */
export async function evaluate<O extends Tree<Tensor>>(
  inputs: Readonly<Record<string, Value>>,
  fn: (x: Record<string, Tensor>) => O,
): Promise<Record<string, Value>> {
  const program = await compile((x: Record<string, Tensor>) => fn(x), { inputs: specOf(inputs) as never });
  try {
    return (await program(inputs as never)) as unknown as Record<string, Value>;
  } finally {
    await program.close();
  }
}

/** Modules whose weights are the inputs that begin with `weights.`. */
export function modulesFrom(x: Readonly<Record<string, Tensor>>, prefix = "weights."): Modules {
  return new Modules({
    has: (name) => `${prefix}${name}` in x,
    get: (name) => {
      const tensor = x[`${prefix}${name}`];
      if (!tensor) throw new Error(`no weight ${name}`);
      return tensor;
    },
  });
}

export const weightsOf = (golden: Golden): Record<string, Value> =>
  Object.fromEntries([...golden.tensors].filter(([name]) => name.startsWith("weights.")));
