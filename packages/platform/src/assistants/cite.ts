import { searchTerms } from "@loam/search";
import type { FileCitation, FileSearchResult } from "./types.ts";

/** A text is borne out by a file when that holds this share of the text's terms. */
const supportShare = 0.4;
/** Files named behind one answer. */
const mostCitations = 3;

/**
 * What is put behind an answer to say which files it is taken from: for each sentence the result that holds most of its
 * words. Small models do not cite by themselves, and what they write is not rewritten.
 *
 * @returns the text to add, and its citations, counted from where it is added.
 */
export function citationsFor(
  answer: string,
  results: readonly FileSearchResult[],
): { text: string; annotations: FileCitation[] } {
  const sources = results.map((result, i) => ({
    ...{ result, number: i },
    terms: new Set(searchTerms(result.content.map(({ text }) => text).join("\n"))),
  }));
  const cited = new Map<string, (typeof sources)[number]>();
  for (const sentence of answer.split(/(?<=[.!?。！？])\s*|\n+/u)) {
    const terms = [...new Set(searchTerms(sentence))];
    if (terms.length === 0) continue;
    const shares = sources.map((source) => terms.filter((term) => source.terms.has(term)).length / terms.length);
    const best = shares.indexOf(Math.max(...shares));
    const source = sources[best];
    if (source && shares[best]! >= supportShare && !cited.has(source.result.file_id))
      cited.set(source.result.file_id, source);
  }
  let text = "";
  const annotations: FileCitation[] = [];
  for (const { result, number } of [...cited.values()].slice(0, mostCitations)) {
    const marker = `【4:${number}†${result.file_name}】`;
    const start = answer.length + text.length;
    text += marker;
    annotations.push({
      ...{ type: "file_citation", text: marker, start_index: start, end_index: start + marker.length },
      file_citation: { file_id: result.file_id },
    });
  }
  return { text, annotations };
}
