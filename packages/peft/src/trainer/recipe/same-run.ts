import type { Recipe } from "./recipe.ts";

/** What a run learns and from what; the rest (how long, how often it is evaluated, where it runs) may change on the way. */
const identity = [
  "model",
  "quantize",
  "quantize_adapter",
  "method",
  "freeze",
  "adapter",
  "objective",
  "data",
  "seed",
  "batch_size",
  "gradient_accumulation",
  "label_smoothing",
  "neftune_alpha",
] as const satisfies readonly (keyof Recipe)[];

/** Folders by the names they have in checkpoints: a run goes on where they lie elsewhere. */
export type Places = Readonly<Record<string, string>>;

/** A value whose paths below these folders are spelled by the folders' names. */
export function placeless<T>(value: T, places: Places): T {
  if (typeof value === "string") {
    const [folder, name] = Object.entries(places).find(([at]) => value === at || value.startsWith(`${at}/`)) ?? [];
    return (folder === undefined ? value : `<${name}>${value.slice(folder.length)}`) as T;
  }
  if (Array.isArray(value)) return value.map((item) => placeless(item, places)) as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, placeless(item, places)])) as T;
}

/** Fields in which a recipe is another run than the one a checkpoint is of: `method.r: 8 → 16`. */
export function runDifferences(saved: Readonly<Record<string, unknown>>, recipe: Recipe): string[] {
  const optimizer = (of: { optimizer?: unknown }) => (of.optimizer as Recipe["optimizer"] | undefined)?.name;
  return [
    ...identity.flatMap((field) => fieldDifferences(field, saved[field], recipe[field])),
    ...fieldDifferences("optimizer.name", optimizer(saved), optimizer(recipe)),
  ];
}

function fieldDifferences(path: string, a: unknown, b: unknown): string[] {
  if (JSON.stringify(a) === JSON.stringify(b)) return [];
  if (!isObject(a) || !isObject(b)) return [`${path}: ${JSON.stringify(a) ?? "none"} → ${JSON.stringify(b) ?? "none"}`];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    fieldDifferences(`${path}.${key}`, a[key], b[key]),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
