import type { Embedder } from "@loam/models";
import { cutText } from "./cut-text.ts";

/** The longest passage that is embedded whole: small encoders see no further than some 128 tokens. */
const passageTokens = 110;

/** A chunk's passages, each of which gets a vector: one vector for 800 tokens would say little of any of them. */
export async function passagesOf(text: string, embedder: Pick<Embedder, "countTokens">): Promise<string[]> {
  const countTokens = (part: string) => embedder.countTokens(part);
  if (countTokens(text) <= passageTokens) return [text];
  const passages: string[] = [];
  for await (const piece of cutText(text, { maxTokens: passageTokens, countTokens })) passages.push(piece.text);
  return passages.length > 0 ? passages : [text];
}
