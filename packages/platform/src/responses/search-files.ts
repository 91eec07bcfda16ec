import { citationsFor } from "../assistants/cite.ts";
import type { VectorStores } from "../vector-stores/vector-stores.ts";
import type { Annotation, FileResult, Item } from "./items.ts";
import type { FileSearchTool } from "./types.ts";

/** What scores less is not worth an answer from files, where the request does not insist. */
const usefulScore = 0.25;

/**
 * Searches the files with the last words of the user: small models do not write queries of their own.
 *
 * @returns undefined where nothing fits and nobody insists.
 */
export async function searchFiles(
  vectorStores: VectorStores,
  project: string,
  items: readonly Item[],
  { vectorStoreIds, maxResults, threshold, filter, forced }: FileSearchTool,
  { signal }: { signal?: AbortSignal },
): Promise<{ query: string; results: FileResult[] } | undefined> {
  const query = lastWords(items);
  if (query === "") return forced ? { query, results: [] } : undefined;
  const hits = [];
  for (const id of vectorStoreIds)
    hits.push(
      ...(await vectorStores.search(project, id, { queries: [query], k: maxResults, threshold, filter, signal })),
    );
  hits.sort((a, b) => b.score - a.score);
  if (!forced && (hits[0]?.score ?? 0) < usefulScore) return undefined;
  const results = hits.slice(0, maxResults).map(({ fileId, filename, score, attributes, text }) => {
    return { file_id: fileId, filename, score, attributes, text };
  });
  return { query, results };
}

function lastWords(items: readonly Item[]): string {
  const last = items.findLast((item) => item.type === "message" && item.role === "user");
  if (last?.type !== "message") return "";
  return last.content.flatMap((part) => (part.type === "input_text" ? [part.text] : [])).join("\n");
}

/** Which files bear an answer out: marks to put behind it, each an annotation. */
export function citedFiles(
  answer: string,
  results: readonly FileResult[],
): { text: string; annotations: Annotation[] } {
  const cited = citationsFor(
    answer,
    results.map(({ file_id, filename, score, text }) => {
      return { file_id, file_name: filename, score, content: [{ type: "text" as const, text }] };
    }),
  );
  return {
    text: cited.text,
    annotations: cited.annotations.map(({ start_index, file_citation }) => {
      const filename = results.find(({ file_id }) => file_id === file_citation.file_id)!.filename;
      return { type: "file_citation", index: start_index, file_id: file_citation.file_id, filename };
    }),
  };
}
