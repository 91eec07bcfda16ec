const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

/** Words of a text in any script: Chinese by the segmenter's dictionary. */
export function countWords(text: string): number {
  let words = 0;
  for (const { isWordLike } of segmenter.segment(text)) if (isWordLike) words++;
  return words;
}
