import type { Tokenizer } from "@loam/models";
import { decodeHTML } from "entities";

/** A prompt as the reference cleans it: HTML entities decoded twice, white space folded. It also repairs mis-decoded text; this does not. */
export const cleanPrompt = (prompt: string): string => decodeHTML(decodeHTML(prompt)).replaceAll(/\s+/g, " ").trim();

/** Ids of a prompt with its end mark, padded with `padId` to a length. */
export function promptIds(
  tokenizer: Tokenizer,
  prompt: string,
  { length, padId }: { length: number; padId: number },
): { ids: number[]; mask: boolean[] } {
  const { ids } = tokenizer.encode(cleanPrompt(prompt), { maxLength: length });
  const padding = length - ids.length;
  return {
    ids: [...ids, ...Array<number>(padding).fill(padId)],
    mask: [...ids.map(() => true), ...Array<boolean>(padding).fill(false)],
  };
}
