/** Han, kana, hangul and full-width forms: about one token per character in current tokenizers. */
const DENSE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]|[\ud840-\ud88f]/g;

/**
 * About how many tokens a text is where the model's tokenizer is not to be had: one per East Asian character,
 * one per four of the others. Errs on the high side for English prose.
 */
export function estimateTokens(text: string): number {
  const dense = text.match(DENSE)?.length ?? 0;
  return dense + Math.ceil((text.length - dense) / 4);
}
