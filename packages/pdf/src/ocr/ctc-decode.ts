/** A line read from CTC probabilities. */
export interface DecodedLine {
  text: string;
  /** Mean probability of the characters, in [0, 1]; 0 for no characters. */
  confidence: number;
}

/**
 * A space is also read where it is not the likeliest class but reaches this probability between two characters of
 * words in Latin letters: the network, trained mostly on Chinese, is timid about spaces.
 */
const spaceThreshold = 0.1;

/**
 * Greedy CTC decoding: the likeliest class of each step, repeats merged, blanks (class 0) dropped. In lines without
 * Chinese characters, full-width punctuation becomes ASCII.
 *
 * @param probabilities [T, V], each row a distribution
 * @param alphabet the V classes; the first is the blank, the last the space
 */
export function ctcDecode(probabilities: Float32Array, alphabet: readonly string[]): DecodedLine {
  const V = alphabet.length;
  const space = V - 1;
  let text = "";
  let sum = 0;
  let count = 0;
  let previous = 0;
  let spaceProbability = 0;
  for (let start = 0; start < probabilities.length; start += V) {
    const best = argmax(probabilities, start, V);
    if (best !== 0 && best !== previous) {
      const character = alphabet[best]!;
      if (spaceProbability >= spaceThreshold && isLatinWordEdge(text.at(-1), character)) text += " ";
      text += character;
      sum += probabilities[start + best]!;
      count++;
      spaceProbability = 0;
    } else if (best === 0) spaceProbability = Math.max(spaceProbability, probabilities[start + space]!);
    previous = best;
  }
  return { text: asciiPunctuation(text), confidence: count === 0 ? 0 : sum / count };
}

function argmax(values: Float32Array, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}

function isLatinWordEdge(before: string | undefined, after: string): boolean {
  return before !== undefined && /[A-Za-z0-9,.;:)!?%]/.test(before) && /[A-Za-z0-9(]/.test(after);
}

function asciiPunctuation(text: string): string {
  if (/\p{Script=Han}/u.test(text)) return text;
  return text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
}
