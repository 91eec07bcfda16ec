import type { PlainSpan, Reading } from "../ingest/plain-span.ts";

/**
 * A vocabulary in which programs describe model calls on OpenTelemetry spans. A new one is a file here and a row in
 * `index.ts`; the shared suite then asks it to read back what it writes, and to read its recorded payload.
 */
export interface Dialect {
  readonly name: string;
  /** Whether the span speaks it. Several may be spoken on one span: the first in the list has the first word. */
  detect(span: PlainSpan): boolean;
  read(span: PlainSpan): Reading;
  /** The attributes that say the same in this vocabulary. */
  write(reading: Reading): Record<string, unknown>;
}

/** Declares a dialect. */
export function dialect(definition: Dialect): Dialect {
  return definition;
}
