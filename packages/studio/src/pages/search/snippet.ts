/** A run of text that matches the query, or does not. */
export interface SnippetPart {
  text: string;
  match: boolean;
}

const snippetChars = 320;

/**
 * The part of a passage that holds most words of the query, with those words marked. Words are found by
 * `Intl.Segmenter`, so Chinese works as English does; a word matches where it begins a word of the passage.
 */
export function toSnippet(text: string, query: string): SnippetPart[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  const wanted = [...segmenter.segment(query.toLowerCase())]
    .filter(({ isWordLike, segment }) => isWordLike && (segment.length > 2 || /[^\x20-\x7f]|\d/.test(segment)))
    .map(({ segment }) => segment.replace(/(?:es|s|ing|ed)$/, ""));
  const words = [...segmenter.segment(text)].map(({ segment, index, isWordLike }) => ({
    segment,
    index,
    match: isWordLike === true && wanted.some((word) => word !== "" && segment.toLowerCase().startsWith(word)),
  }));
  const start = bestStart(words, text.length);
  const end = Math.min(text.length, start + snippetChars);
  const parts: SnippetPart[] = start > 0 ? [{ text: "…", match: false }] : [];
  for (const { segment, index, match } of words) {
    if (index < start || index >= end) continue;
    const last = parts.at(-1);
    if (last && last.match === match) last.text += segment;
    else parts.push({ text: segment, match });
  }
  if (end < text.length) parts.push({ text: "…", match: false });
  return parts;
}

/** Where the window with the most matches begins. */
function bestStart(words: readonly { index: number; match: boolean }[], length: number): number {
  if (length <= snippetChars) return 0;
  const matches = words.filter(({ match }) => match).map(({ index }) => index);
  let best = 0;
  let bestCount = 0;
  for (const first of matches) {
    const count = matches.filter((index) => index >= first && index < first + snippetChars - 40).length;
    if (count > bestCount) [best, bestCount] = [first, count];
  }
  const start = Math.min(Math.max(0, best - 40), length - snippetChars);
  return words.find(({ index }) => index >= start)?.index ?? 0;
}
