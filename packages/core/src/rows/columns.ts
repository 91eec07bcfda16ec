/** A header as it is compared: case, outer blanks, and how words are joined do not count. */
export function foldHeader(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/g, "");
}

/**
 * The first of `known` names that a table has as a column, as the table writes it ({@link foldHeader}); a column written
 * exactly as asked comes before one that only reads the same.
 */
export function findColumn(
  columns: readonly string[],
  known: readonly string[],
  { except }: { except?: string } = {},
): string | undefined {
  const byName = new Map<string, string>();
  for (const column of columns)
    if (column !== except && !byName.has(foldHeader(column))) byName.set(foldHeader(column), column);
  for (const name of known) {
    if (name !== except && columns.includes(name)) return name;
    const found = byName.get(foldHeader(name));
    if (found !== undefined) return found;
  }
  return undefined;
}
