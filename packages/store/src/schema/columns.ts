import { customType, timestamp } from "drizzle-orm/pg-core";
import { redactedText, redactedValue } from "../text/redaction.ts";
import { storable, storableJson } from "../text/storable.ts";

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

/** Text that a program logs, as in {@link cleanText} and without secrets, whichever way it came and whoever writes it. */
export const loggedText = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: (text) => storable(redactedText(text)),
});

/** What a program logs as JSON, as in {@link json} and without secrets. */
export const loggedJson = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => "jsonb",
  toDriver: (value) => storableJson(redactedValue(value)),
});

/** When the row was written, by the database's clock. */
export const createdAt = () => timestamp("created_at", { withTimezone: true }).notNull().defaultNow();
