import { ArgumentError } from "@loam/core";
import type { Page } from "@loam/pdf";
import type { ExtractField } from "../extract-schema.ts";
import type { ExtractCell } from "../find-fields.ts";
import { readValue } from "../read-value.ts";
import type { ReviewedCell } from "./kept-types.ts";

/**
 * A value that a person gives, with the place where the document states it: the line that was read when it holds the
 * value too, else the first line that does.
 *
 * @throws {ArgumentError} when the value does not fit the field.
 */
export function correctedCell(
  field: ExtractField,
  given: string | number | boolean,
  { pages, read }: { pages: readonly Page[]; read: ExtractCell | undefined },
): ReviewedCell {
  const value = readValue(field, String(given))?.value;
  if (value === undefined) {
    const kind = field.choices
      ? `one of ${field.choices.join(", ")}`
      : field.type === "date"
        ? "a date like 2031-04-14"
        : `a ${field.type}`;
    throw new ArgumentError("value", given, `${kind} for the field ${field.name}`);
  }
  const cell = { value, confidence: 1, source: "person" as const };
  const states = (text: string) => readValue(field, text)?.value === value || text.includes(String(given).trim());
  if (read && states(read.quote)) return { ...read, ...cell };
  // The page that was read first: the same number may stand on many.
  const ordered = [...pages].sort((a, b) => Number(b.number === read?.page) - Number(a.number === read?.page));
  for (const { number, blocks } of ordered)
    for (const { lines } of blocks)
      for (const { text, box, place } of lines)
        if (states(text)) return { ...cell, page: number, box, quote: text, ...(place && { place }) };
  return cell;
}
