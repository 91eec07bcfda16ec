import type { TokenEncoder } from "./token-encoder.ts";

/** A piece of a text that fits one run of the model, and which of its tokens the text keeps. */
export interface EncoderWindow {
  ids: number[];
  /** Half-open range of positions in `ids`. */
  keepFrom: number;
  keepTo: number;
}

/**
 * Splits a text longer than the model reads into windows that overlap by half. Each token's vector comes from the window
 * in which it stands farthest from an edge; the marks come from the first and the last window.
 */
export function splitIntoWindows(
  ids: readonly number[],
  { maxTokens, marks }: Pick<TokenEncoder, "maxTokens" | "marks">,
): EncoderWindow[] {
  if (ids.length <= maxTokens) return [{ ids: [...ids], keepFrom: 0, keepTo: ids.length }];
  const { before, after } = marks;
  const inner = ids.slice(before.length, ids.length - after.length);
  const size = maxTokens - before.length - after.length;
  const stride = Math.max(1, Math.floor(size / 2));
  const starts: number[] = [];
  for (let start = 0; start + size < inner.length; start += stride) starts.push(start);
  starts.push(inner.length - size);
  return starts.map((start, i) => {
    const previousEnd = i === 0 ? 0 : starts[i - 1]! + size;
    const nextStart = starts[i + 1];
    // The border between two windows is the middle of what they share.
    const from = i === 0 ? 0 : Math.ceil((start + previousEnd) / 2);
    const to = nextStart === undefined ? inner.length : Math.ceil((nextStart + start + size) / 2);
    return {
      ids: [...before, ...inner.slice(start, start + size), ...after],
      keepFrom: i === 0 ? 0 : before.length + from - start,
      keepTo: nextStart === undefined ? maxTokens : before.length + to - start,
    };
  });
}

/** The text cut to what the model reads, its closing marks kept: what `bert_score` does. */
export function cutToFit(
  ids: readonly number[],
  { maxTokens, marks }: Pick<TokenEncoder, "maxTokens" | "marks">,
): number[] {
  if (ids.length <= maxTokens) return [...ids];
  return [...ids.slice(0, maxTokens - marks.after.length), ...marks.after];
}
