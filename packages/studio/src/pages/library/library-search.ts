export interface LibrarySearch {
  /** Part of a name or title. */
  q?: string;
}

/** The library's filter, as it stands in the URL. */
export function readLibrarySearch(search: Record<string, unknown>): LibrarySearch {
  return typeof search.q === "string" && search.q !== "" ? { q: search.q } : {};
}
