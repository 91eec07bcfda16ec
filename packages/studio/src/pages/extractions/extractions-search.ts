/** What a link to the extractions says. */
export interface ExtractionsSearch {
  /** The extraction that is shown. */
  id?: string;
  /** The first row of the grid's page. */
  from?: number;
}

export function readExtractionsSearch({ id, from }: Record<string, unknown>): ExtractionsSearch {
  const first = Number(from);
  return {
    ...(typeof id === "string" && id !== "" && { id }),
    ...(Number.isInteger(first) && first > 0 && { from: first }),
  };
}
