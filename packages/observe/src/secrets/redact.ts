import { isSecretField, REDACTED, redactPieces, redactText } from "./secrets.ts";

/** A value as it may be stored: JSON, with no secret in it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

export interface RedactLimits {
  /** Longest string kept; the rest is cut and counted. */
  maxStringChars?: number;
  /** Sum of all strings in one value; what comes after is cut. */
  maxTotalChars?: number;
  maxDepth?: number;
  maxItems?: number;
  /** Lists of more numbers than this are vectors, and are summarised. */
  maxNumbers?: number;
  /** Told of every data URL; what it answers takes its place. Left out: it is shortened. */
  onDataUrl?: (url: DataUrl) => string;
}

/** Bytes inside a text, as `data:image/png;base64,…`. */
interface DataUrl {
  /** `image/png`. */
  mimeType: string;
  base64: string;
}

/** Everything is kept but the secrets: what a client logs it reads back. */
const wholeLimits = {
  maxStringChars: Number.POSITIVE_INFINITY,
  maxTotalChars: Number.POSITIVE_INFINITY,
  maxItems: Number.POSITIVE_INFINITY,
  maxDepth: 500,
  maxNumbers: Number.POSITIVE_INFINITY,
  onDataUrl: ({ mimeType, base64 }: { mimeType: string; base64: string }) => `data:${mimeType};base64,${base64}`,
};

/** As {@link redact}, with nothing cut or summarised. */
export function redactWhole(value: unknown): unknown {
  return redact(value, wholeLimits);
}

/**
 * A JSON copy of any value that is safe to store: secrets replaced (by field name, by known value, by what they
 * look like), bytes, vectors and data URLs summarised, long text cut, cycles and class instances named.
 * Never throws, whatever the value does.
 */
export function redact(
  value: unknown,
  {
    maxStringChars = 16_384,
    maxTotalChars = 131_072,
    maxDepth = 12,
    maxItems = 500,
    maxNumbers = 64,
    onDataUrl,
  }: RedactLimits = {},
): JsonValue {
  const ancestors = new Set<object>();
  let charsLeft = maxTotalChars;

  function text(raw: string): string {
    // Twice the limit is enough to see a secret that straddles the cut.
    const short = raw.length > 64 && raw.includes(";base64,") ? shortenDataUrls(raw, onDataUrl) : raw;
    const shown = short.length > 2 * maxStringChars ? short.slice(0, 2 * maxStringChars) : short;
    const clean = redactText(shown);
    const room = Math.min(maxStringChars, charsLeft);
    const kept = clean.length > room ? clean.slice(0, Math.max(0, room)) : clean;
    charsLeft -= kept.length;
    const cut = clean.length - kept.length + (short.length - shown.length);
    return cut > 0 ? `${kept}… [${cut} characters cut]` : kept;
  }

  function list(items: readonly unknown[], depth: number): JsonValue {
    if (items.length > maxNumbers && items.every((item) => typeof item === "number"))
      return `[${items.length} numbers]`;
    const kept = joinPieces(
      isHeader(items)
        ? [items[0] as string, REDACTED]
        : items
            .slice(0, maxItems)
            .map((item, i) => (isArgument(items[i - 1], item) ? REDACTED : walk(item, depth + 1))),
    );
    return items.length > maxItems ? [...kept, `[${items.length - maxItems} more items]`] : kept;
  }

  function record(entries: Iterable<[string, unknown]>, depth: number): JsonValue {
    const result: Record<string, JsonValue> = {};
    let count = 0;
    let left = 0;
    const fields = [...entries];
    // A header as `{ name, value }`, in either order.
    const named = fields.find(([key]) => key === "name" || key === "key" || key === "header")?.[1];
    for (const [key, item] of fields) {
      if (item === undefined || typeof item === "function") continue;
      const isSecret = isSecretField(key === "value" && typeof named === "string" ? named : key, item);
      if (count++ >= maxItems) left++;
      else define(result, redactText(key), isSecret ? REDACTED : walk(item, depth + 1));
    }
    if (left > 0) result["…"] = `[${left} more fields]`;
    return result;
  }

  function walk(item: unknown, depth: number): JsonValue {
    switch (typeof item) {
      case "string":
        return text(item);
      case "number":
        return Number.isFinite(item) ? item : String(item);
      case "boolean":
        return item;
      case "bigint":
        return text(item.toString());
      case "symbol":
      case "function":
        return `[${typeof item}]`;
      case "undefined":
        return null;
    }
    if (item === null) return null;
    return object(item as object, depth);
  }

  function object(item: object, depth: number): JsonValue {
    if (ancestors.has(item)) return "[circular]";
    if (depth > maxDepth) return "[too deep]";
    ancestors.add(item);
    try {
      return inspect(item, depth);
    } catch (error) {
      return `[unreadable: ${redactText(error instanceof Error ? error.message : String(error))}]`;
    } finally {
      ancestors.delete(item);
    }
  }

  function inspect(item: object, depth: number): JsonValue {
    if (Array.isArray(item)) return list(item, depth);
    if (ArrayBuffer.isView(item)) {
      const name = item.constructor.name;
      return name === "Uint8Array" || name === "Buffer" || name === "DataView"
        ? `[${item.byteLength} bytes]`
        : `[${name} of ${(item as Float32Array).length}]`;
    }
    if (item instanceof ArrayBuffer) return `[${item.byteLength} bytes]`;
    if (item instanceof Error) {
      const { cause } = item;
      return record(
        Object.entries({ ...item, name: item.name, message: item.message, ...(cause === undefined ? {} : { cause }) }),
        depth,
      );
    }
    if (item instanceof Map)
      return record(
        [...item].map(([key, entry]) => [String(key), entry]),
        depth,
      );
    if (item instanceof Set) return list([...item], depth);
    const toJson = (item as { toJSON?: unknown }).toJSON;
    if (typeof toJson === "function") return walk((toJson as () => unknown).call(item), depth + 1);
    const prototype = Object.getPrototypeOf(item) as object | null;
    if (prototype !== null && prototype !== Object.prototype) return `[${prototype.constructor?.name ?? "object"}]`;
    return record(ownEntries(item), depth);
  }

  return walk(value, 0);
}

/** Own fields one by one, so that a getter that throws costs its field only. */
function* ownEntries(item: object): Generator<[string, unknown]> {
  for (const key of Object.keys(item)) {
    let value: unknown;
    try {
      value = (item as Record<string, unknown>)[key];
    } catch (error) {
      value = `[unreadable: ${error instanceof Error ? error.message : String(error)}]`;
    }
    yield [key, value];
  }
}

/** Sets a field even when it is called `__proto__`. */
function define(target: Record<string, JsonValue>, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/** `"--password", "…"` among a program's arguments. */
function isArgument(option: unknown, value: unknown): boolean {
  if (typeof option !== "string" || typeof value !== "string" || option.length > 60 || value.startsWith("-"))
    return false;
  return /^--?[A-Za-z][\w-]*$/.test(option) && isSecretField(option.replace(/^-+/, ""), value);
}

/** `["x-api-key", "…"]`. */
function isHeader(items: readonly unknown[]): boolean {
  return (
    items.length === 2 &&
    typeof items[0] === "string" &&
    typeof items[1] === "string" &&
    items[0].length <= 60 &&
    /^[\w-]+$/.test(items[0]) &&
    isSecretField(items[0], items[1])
  );
}

/**
 * Chunks of a stream: a secret may begin in one and end in the next. Texts that stand at the same place of each item
 * are read as one.
 */
function joinPieces(items: JsonValue[]): JsonValue[] {
  if (items.length < 2) return items;
  const places = new Map<string, { text: string; set(text: string): void }[]>();
  const visit = (value: JsonValue, place: string, set: (text: string) => void, depth: number): void => {
    if (typeof value === "string") {
      const there = places.get(place);
      if (there) there.push({ text: value, set });
      else places.set(place, [{ text: value, set }]);
    } else if (typeof value === "object" && value !== null && depth < 5) {
      for (const [key, item] of Object.entries(value).slice(0, 20))
        visit(item, `${place}.${key}`, (text) => define(value as Record<string, JsonValue>, key, text), depth + 1);
    }
  };
  for (const [i, item] of items.entries()) {
    if (i >= 5000) break;
    visit(item, "", (text) => (items[i] = text), 0);
  }
  for (const pieces of places.values()) {
    if (pieces.length < 2 || pieces.some(({ text }) => text.length > 400)) continue;
    const texts = pieces.map(({ text }) => text);
    const clean = redactPieces(texts);
    for (const [i, { set }] of pieces.entries()) if (clean[i] !== texts[i]) set(clean[i]!);
  }
  return items;
}

function shortenDataUrls(text: string, onDataUrl?: (url: DataUrl) => string): string {
  return text.replace(
    /(data:([\w.+-]{1,60}\/[\w.+-]{1,60})(?:;[\w=-]{1,60}){0,3};base64,)([A-Za-z0-9+/=_-]{64,})/g,
    (_, head: string, mimeType: string, base64: string) =>
      onDataUrl ? onDataUrl({ mimeType, base64 }) : `${head}[${base64.length} characters]`,
  );
}
