/** What a link to the assistants can say. */
export interface FunctionsSearch {
  assistant?: string;
  thread?: string;
}

export function readFunctionsSearch(search: Record<string, unknown>): FunctionsSearch {
  const entries = (["assistant", "thread"] as const).flatMap((name) =>
    typeof search[name] === "string" && search[name] !== "" ? [[name, search[name]]] : [],
  );
  return Object.fromEntries(entries);
}
