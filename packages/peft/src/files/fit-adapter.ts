import { InputError } from "@loam/core";
import type { Shape } from "@loam/graph";
import type { BaseModel } from "../layers/method.ts";
import type { Adapter } from "./adapter-files.ts";

/** How many differing tensors an error names. */
const namedDifferences = 5;

/**
 * An adapter made ready for a base model: its tensors are checked against what the base's layers need, and what the file
 * leaves out because the base determines it is added.
 *
 * @throws {InputError} `foreign_adapter` naming the tensors that the base has no place for, lacks, or has in another shape.
 */
export async function fitAdapter(base: BaseModel, adapter: Adapter): Promise<Adapter> {
  const { method, config, tensors, trained } = adapter;
  const differences = differencesOf(method.shapes(base, config), method.optionalShapes?.(base, config) ?? {}, tensors);
  if (differences.length > 0) throw foreign(base, config, differences);
  return { ...adapter, tensors: (await method.complete?.(base, config, { tensors, trained })) ?? tensors };
}

interface Difference {
  tensor: string;
  expected?: Shape;
  found?: readonly number[];
}

function differencesOf(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>>,
  tensors: Adapter["tensors"],
): Difference[] {
  const expected = { ...Object.fromEntries(Object.entries(optional).filter(([name]) => name in tensors)), ...required };
  const names = new Set([...Object.keys(expected), ...Object.keys(tensors)]);
  return [...names].flatMap((tensor) => {
    const [wanted, found] = [expected[tensor], tensors[tensor]?.shape];
    return wanted && found && isAlike(wanted, found) ? [] : [{ tensor, expected: wanted, found }];
  });
}

function isAlike(wanted: Shape, found: readonly number[]): boolean {
  return (
    wanted.length === found.length && wanted.every((size, axis) => typeof size === "string" || size === found[axis])
  );
}

function foreign({ model }: BaseModel, config: Adapter["config"], differences: readonly Difference[]): InputError {
  const of = (shape: Shape) => `[${shape.join(", ")}]`;
  const lines = differences.slice(0, namedDifferences).map(({ tensor, expected, found }) => {
    if (!expected) return `${tensor} ${of(found!)}: the model has no such place`;
    if (!found) return `${tensor} ${of(expected)}: missing from the adapter`;
    return `${tensor}: the model needs ${of(expected)}, the adapter has ${of(found)}`;
  });
  const more = differences.length - lines.length;
  const layers = (keys: readonly string[]) =>
    Math.max(-1, ...keys.map((key) => Number(/\.(?:layers?|h)\.(\d+)\./.exec(key)?.[1] ?? -1))) + 1;
  const theirs = layers(differences.filter(({ found, expected }) => found && !expected).map(({ tensor }) => tensor));
  const made = config.base_model_name_or_path ? `; it was made for ${config.base_model_name_or_path}` : "";
  return new InputError(
    "foreign_adapter",
    `The adapter does not fit ${model.name}: ${lines.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`,
    {
      details: { base: model.name, differences: differences.slice(0, 50) },
      hint: `${theirs > model.config.layers ? `it has ${theirs} layers, the model ${model.config.layers}; ` : ""}use the base that the adapter was trained on${made}`,
    },
  );
}
