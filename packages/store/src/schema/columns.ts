import { customType, timestamp } from "drizzle-orm/pg-core";

/** Raw bytes. Both drivers are given and give back a `Uint8Array`. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => "bytea",
  // node-postgres answers with a Buffer, whose `toJSON` and equality differ from a plain array's.
  fromDriver: (value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
});

/**
 * Text of foreign origin (read from a PDF, answered by a model). Postgres refuses NUL and lone surrogates,
 * which such text does contain: each becomes U+FFFD.
 */
export const cleanText = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: storable,
});

/** jsonb whose strings and names are cleaned as in {@link cleanText}; a stored string comes back as that string. */
export const json = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => "jsonb",
  toDriver: storableJson,
});

/** When the row was written, by the database's clock. */
export const createdAt = () => timestamp("created_at", { withTimezone: true }).notNull().defaultNow();

/** The string as Postgres can hold it. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** A value as JSON that Postgres can hold. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // A lone surrogate is always written as an escape, a pair never; `\\\\` is a backslash, whatever follows.
  return /\\u(?:0000|d)/.test(text)
    ? text.replace(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape === "\\\\" ? escape : "\\ufffd"))
    : text;
}
