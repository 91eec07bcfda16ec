/** What a column of a catalogue can hold. Tags may come from several columns. */
export const catalogueFields = [
  "id",
  "title",
  "originalTitle",
  "authors",
  "tags",
  "description",
  "language",
  "year",
  "rating",
] as const;

export type CatalogueField = (typeof catalogueFields)[number];
