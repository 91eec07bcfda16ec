/** Words, numbers, marks and spaces apart, as GPT-2 splits them before its byte pairs. */
const split = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Learns a byte-level BPE vocabulary (Sennrich et al., arXiv:1508.07909) and returns it as the content of a `tokenizer.json`:
 * the 256 bytes, `<|endoftext|>`, and the most frequent pairs up to `vocabSize` tokens.
 */
export function trainBytePairs(text: string, vocabSize: number): object {
  const counts = new Map<string, number>();
  for (const word of text.match(split) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].map(([word, count]) => ({ parts: [...Buffer.from(word)].map((b) => byteName[b]!), count }));

  const vocab = new Map([...byteName.toSorted(), endOfText].map((token, id) => [token, id]));
  const merges: [string, string][] = [];
  while (vocab.size < vocabSize) {
    const pair = mostFrequentPair(words);
    if (!pair) break;
    merges.push(pair);
    vocab.set(pair.join(""), vocab.size);
    for (const word of words) word.parts = joined(word.parts, pair);
  }

  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    added_tokens: [
      {
        id: vocab.get(endOfText),
        content: endOfText,
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: { type: "BPE", vocab: Object.fromEntries(vocab), merges },
  };
}

export const endOfText = "<|endoftext|>";

/** A printable character for each byte (GPT-2's table). */
const byteName: string[] = [];
for (let b = 0, next = 256; b < 256; b++) {
  const isPrintable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  byteName.push(String.fromCodePoint(isPrintable ? b : next++));
}

interface Word {
  parts: string[];
  readonly count: number;
}

function mostFrequentPair(words: readonly Word[]): [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const { parts, count } of words)
    for (let i = 1; i < parts.length; i++) {
      const pair = `${parts[i - 1]} ${parts[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  let best: string | undefined;
  for (const [pair, count] of counts) if (count > 1 && count > (best ? counts.get(best)! : 0)) best = pair;
  return best?.split(" ") as [string, string] | undefined;
}

function joined(parts: readonly string[], [left, right]: readonly [string, string]): string[] {
  const result: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const isPair = parts[i] === left && parts[i + 1] === right;
    result.push(isPair ? left + right : parts[i]!);
    if (isPair) i++;
  }
  return result;
}
