/** What a link to the first page can say. */
export interface AskSearch {
  /** Documents that are asked, separated by commas; all when left out. */
  in?: string;
  conversation?: string;
}

export function readAskSearch(search: Record<string, unknown>): AskSearch {
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const [within, conversation] = [text(search.in), text(search.conversation)];
  return { ...(within && { in: within }), ...(conversation && { conversation }) };
}
