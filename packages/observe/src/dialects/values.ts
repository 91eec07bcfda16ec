import type { TokenUsage } from "../prices/prices.ts";

/** JSON text as the value it stands for; anything else as it is. Plain words stay words. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*(?:[[{"]|-?\d|true$|false$|null$)/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Like {@link fromJson}, for lists and maps only: a text that happens to be a number stays a text. */
export function fromJsonContainer(value: unknown): unknown {
  return typeof value === "string" && /^\s*[[{]/.test(value) ? fromJson(value) : value;
}

export function textOf(...values: unknown[]): string | undefined {
  for (const value of values) if (typeof value === "string" && value !== "") return value;
  return undefined;
}

/** The first that is a count; 64-bit integers may arrive as text. */
export function countOf(...values: unknown[]): number | undefined {
  for (const value of values) {
    const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number) && number >= 0) return Math.round(number);
  }
  return undefined;
}

export function recordOf(value: unknown): Record<string, unknown> | undefined {
  const parsed = fromJsonContainer(value);
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, unknown>)
    : undefined;
}

/** A list of words, also when it is written as JSON or with commas. */
export function wordsOf(value: unknown): string[] | undefined {
  const parsed = fromJsonContainer(value);
  if (Array.isArray(parsed)) return parsed.filter((item): item is string => typeof item === "string");
  if (typeof parsed !== "string" || parsed === "") return undefined;
  return parsed
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** The attributes below a prefix, without it: `langsmith.metadata.user` → `user`. */
export function below(attributes: Record<string, unknown>, prefix: string): Record<string, unknown> | undefined {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith(prefix) && name.length > prefix.length) found[name.slice(prefix.length)] = value;
  return Object.keys(found).length > 0 ? found : undefined;
}

/**
 * Attributes flattened with indices (`llm.input_messages.0.message.role`) as the tree they were. Names that differ
 * only in being a leaf and a branch keep both: the leaf moves to `value`.
 */
export function unflatten(attributes: Record<string, unknown>, prefix: string): unknown {
  let root: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(prefix)) continue;
    root ??= {};
    let node = root;
    const path = name.slice(prefix.length).split(".");
    if (path.length > 32) continue;
    for (const [depth, step] of path.entries()) {
      if (depth === path.length - 1) {
        if (isBranch(node[step])) (node[step] as Record<string, unknown>).value = value;
        else own(node, step, value);
      } else {
        if (!isBranch(node[step]))
          own(node, step, Object.hasOwn(node, step) ? { value: node[step] } : Object.create(null));
        node = node[step] as Record<string, unknown>;
      }
    }
  }
  return root && listed(root);
}

function own(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

function isBranch(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Maps whose names are all indices become lists. */
function listed(value: unknown): unknown {
  if (!isBranch(value)) return value;
  const entries = Object.entries(value as Record<string, unknown>).map(([key, item]) => [key, listed(item)] as const);
  if (entries.length > 0 && entries.every(([key]) => /^\d{1,6}$/.test(key)))
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
  return Object.fromEntries(entries);
}

/** Without the counts that are not known; undefined when none is. */
export function usageOf(usage: TokenUsage): TokenUsage | undefined {
  const known = Object.entries(usage).filter(([, count]) => count !== undefined);
  return known.length > 0 ? (Object.fromEntries(known) as TokenUsage) : undefined;
}

/** The names that are there, in the order given. */
export function present(attributes: Record<string, unknown>, names: readonly string[]): string[] {
  return names.filter((name) => attributes[name] !== undefined);
}
