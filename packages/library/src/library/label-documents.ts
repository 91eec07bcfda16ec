/** What each document is called in a list: its file's name, with its id where another has the same name. */
export function labelDocuments(documents: readonly { id: string; name: string }[]): Map<string, string> {
  const named = Map.groupBy(documents, ({ name }) => name);
  return new Map(documents.map(({ id, name }) => [id, named.get(name)!.length > 1 ? `${name} (${id})` : name]));
}
