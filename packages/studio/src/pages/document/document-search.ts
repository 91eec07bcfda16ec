/** What a link to a document can say. */
export interface DocumentSearch {
  /** Page to stand at. */
  page?: number;
  /** Cited regions to highlight, as `writeRegions` writes them. */
  at?: string;
  /** Boxes that are drawn. */
  boxes?: "text" | "figures" | "all";
  /** What the side panel shows. */
  panel?: "ask" | "figures" | "none";
  /** The figure that is enlarged. */
  figure?: string;
  conversation?: string;
}

export function readDocumentSearch(search: Record<string, unknown>): DocumentSearch {
  const page = Number(search.page);
  const text = (name: string) => (typeof search[name] === "string" && search[name] !== "" ? search[name] : undefined);
  const oneOf = <T extends string>(name: string, values: readonly T[]) =>
    values.find((value) => value === search[name]);
  return dropUndefined({
    page: Number.isInteger(page) && page >= 1 ? page : undefined,
    at: text("at"),
    boxes: oneOf("boxes", ["text", "figures", "all"] as const),
    panel: oneOf("panel", ["ask", "figures", "none"] as const),
    figure: text("figure"),
    conversation: text("conversation"),
  });
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
