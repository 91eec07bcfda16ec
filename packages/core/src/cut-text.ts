const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The beginning of a text, at most `length` UTF-16 units of it, which ends between two characters as people see them: no half emoji. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = 0;
  // Somewhat more than what is kept, so that the character at the cut is whole.
  for (const { index, segment } of characters.segment(text.slice(0, length + 64))) {
    if (index + segment.length > length) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
