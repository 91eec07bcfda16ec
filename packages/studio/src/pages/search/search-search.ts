const modes = ["hybrid", "vector", "keyword"] as const;
const kinds = ["text", "figure", "table"] as const;

/** A search, as it stands in the URL. */
export interface SearchSearch {
  q?: string;
  mode?: (typeof modes)[number];
  /** Comma-separated. */
  kinds?: string;
  document?: string;
}

export function readSearchSearch(search: Record<string, unknown>): SearchSearch {
  const read: SearchSearch = {};
  if (typeof search.q === "string" && search.q !== "") read.q = search.q;
  const mode = modes.find((value) => value === search.mode);
  if (mode && mode !== "hybrid") read.mode = mode;
  const chosen = readKinds(typeof search.kinds === "string" ? search.kinds : undefined);
  if (chosen.length > 0) read.kinds = chosen.join(",");
  if (typeof search.document === "string" && search.document !== "") read.document = search.document;
  return read;
}

export function readKinds(text: string | undefined): (typeof kinds)[number][] {
  const named = new Set((text ?? "").split(","));
  return kinds.filter((kind) => named.has(kind));
}
