/** What a link to the summaries says. */
export interface SummariesSearch {
  /** The document that is chosen. */
  document?: string;
  /** The summary that is shown. */
  id?: string;
  /** The one beside it. */
  with?: string;
}

export function readSummariesSearch(search: Record<string, unknown>): SummariesSearch {
  const read = (["document", "id", "with"] as const).flatMap((name) => {
    const value = search[name];
    return typeof value === "string" && value !== "" ? [[name, value] as const] : [];
  });
  return Object.fromEntries(read);
}
