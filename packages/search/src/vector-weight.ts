import { hanShare } from "./words.ts";

/** What of an embedder tells which languages it knows. */
interface TokenCounter {
  countTokens(text: string): number;
}

const probe = "深度学习模型的训练成本与数据规模";

/**
 * How much the vector side of a hybrid search counts beside the keyword side, which counts 1. A tokenizer that sees
 * Chinese as unknown (fewer than one token for two characters) tells that the model was not trained on it: then a
 * Chinese question is left to the keywords.
 */
export function vectorWeight(query: string, embedder: TokenCounter): number {
  const chinese = hanShare(query);
  if (chinese < 0.3) return 1;
  return readsChinese(embedder) ? 1 : 0;
}

/** Whether the embedder's tokenizer knows Chinese. */
export function readsChinese(embedder: TokenCounter): boolean {
  return embedder.countTokens(probe) >= probe.length / 2;
}
