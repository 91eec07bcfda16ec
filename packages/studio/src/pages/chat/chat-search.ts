/** What a link to the chat can say. */
export interface ChatSearch {
  /** Models of the columns, separated by commas. */
  models?: string;
  /** A model call to replay. */
  trace?: string;
  span?: string;
}

export function readModelChatSearch(search: Record<string, unknown>): ChatSearch {
  const entries = (["models", "trace", "span"] as const).flatMap((name) =>
    typeof search[name] === "string" && search[name] !== "" ? [[name, search[name]]] : [],
  );
  return Object.fromEntries(entries);
}
