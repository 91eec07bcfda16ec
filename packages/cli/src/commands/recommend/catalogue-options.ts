import { ArgumentError } from "@loam/core";
import type { CatalogueField, CatalogueRecord } from "@loam/recommend";
import { catalogueFields } from "@loam/recommend/operations";
import type { Io } from "../../terminal/io.ts";

/**
 * `--column title=Name` as columns by field; undefined when none is given.
 *
 * @throws {ArgumentError} for what is not `field=name` with a known field.
 */
export function catalogueColumns(given: readonly string[]): Partial<Record<CatalogueField, string[]>> | undefined {
  if (given.length === 0) return undefined;
  const columns: Partial<Record<CatalogueField, string[]>> = {};
  for (const text of given) {
    const [, asked, name] = /^(\w+)=(.+)$/.exec(text) ?? [];
    const field = catalogueFields.find((known) => known === asked);
    if (field === undefined)
      throw new ArgumentError(
        "column",
        text,
        `field=name with a field of ${catalogueFields.join(", ")}`,
        "write title=Name",
      );
    columns[field] = [...(columns[field] ?? []), name!];
  }
  return columns;
}

/** Tells what was left out of the files. */
export function remarkOnCatalogue({ skipped, ratings }: Pick<CatalogueRecord, "skipped" | "ratings">, io: Io): void {
  if (skipped.withoutTitle > 0) io.note(`${skipped.withoutTitle} rows without a title were left out.`);
  if (skipped.repeatedId > 0) io.note(`${skipped.repeatedId} rows repeat an id and were left out.`);
  if (skipped.malformed > 0) {
    const more = skipped.malformed > skipped.malformedLines.length ? ", …" : "";
    io.note(
      `${skipped.malformed} rows cannot be read and were left out: line ${skipped.malformedLines.join(", ")}${more}.`,
    );
  }
  if (!ratings) return;
  if (ratings.unknownItems > 0)
    io.note(
      `${ratings.unknownItems} of ${ratings.ratings + ratings.unknownItems} ratings are of books that the catalogue does not have.`,
    );
  if (ratings.badRows > 0) io.note(`${ratings.badRows} rows of ratings cannot be read and were left out.`);
}
