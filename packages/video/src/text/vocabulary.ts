import { ArgumentError, nearestName } from "@loam/core";

/** Words that a model learns together with itself, and how many of them a prompt may have. */
export interface VocabularyConfig {
  words: readonly string[];
  maxWords: number;
}

/** A prompt as the model reads it. */
export interface WordIds {
  ids: number[];
  /** True at words, false behind the last one. */
  mask: boolean[];
}

/** Turns prompts into ids of known words; it never guesses. */
export class Vocabulary {
  readonly words: readonly string[];
  readonly maxWords: number;
  readonly #ids: ReadonlyMap<string, number>;
  /** Written without spaces between them, longest first, so that Chinese prompts are read greedily. */
  readonly #unspaced: readonly string[];

  constructor({ words, maxWords }: VocabularyConfig) {
    this.words = words;
    this.maxWords = maxWords;
    this.#ids = new Map(words.map((word, id) => [word, id]));
    this.#unspaced = words.filter((word) => unspacedScript.test(word)).sort((a, b) => b.length - a.length);
  }

  /** Whether every word of a prompt is known. */
  knows(prompt: string): boolean {
    return this.#split(prompt).every((word) => this.#ids.has(word));
  }

  /**
   * The ids of a prompt, padded to `maxWords`.
   *
   * @throws {ArgumentError} for an empty prompt, for one that is too long, and for words that were never seen, which are named
   *   with the nearest that is known.
   */
  encode(prompt: string): WordIds {
    const words = this.#split(prompt);
    if (words.length === 0)
      throw new ArgumentError("prompt", prompt, "at least one word", `this model knows: ${this.words.join(", ")}`);
    if (words.length > this.maxWords)
      throw new ArgumentError("prompt", prompt, `at most ${this.maxWords} words; it has ${words.length}`);
    const unknown = words.filter((word) => !this.#ids.has(word));
    if (unknown.length > 0) {
      const near = unknown.map((word) => {
        const nearest = nearestName(word, this.words);
        return nearest ? `"${word}" (did you mean "${nearest}"?)` : `"${word}"`;
      });
      throw new ArgumentError(
        "prompt",
        prompt,
        `words that the model was trained on; it never saw ${near.join(", ")}`,
        `it knows: ${this.words.join(", ")}`,
      );
    }
    const padding = this.maxWords - words.length;
    return {
      ids: [...words.map((word) => this.#ids.get(word)!), ...Array<number>(padding).fill(0)],
      mask: [...words.map(() => true), ...Array<boolean>(padding).fill(false)],
    };
  }

  #split(prompt: string): string[] {
    const spaced = prompt
      .toLowerCase()
      .normalize("NFKC")
      .replaceAll(/[.,;:!?"'，。；：！？“”、]/g, " ");
    return spaced
      .split(/\s+/)
      .flatMap((piece) => (unspacedScript.test(piece) ? this.#cut(piece) : piece ? [piece] : []));
  }

  /** Longest known words from the left; what is none of them stays together. */
  #cut(text: string): string[] {
    const words: string[] = [];
    let rest = "";
    for (let at = 0; at < text.length; ) {
      const word = this.#unspaced.find((known) => text.startsWith(known, at)) ?? this.#digitAt(text, at);
      if (word === undefined) rest += text[at++];
      else {
        if (rest) words.push(rest);
        rest = "";
        words.push(word);
        at += word.length;
      }
    }
    if (rest) words.push(rest);
    return words;
  }

  #digitAt(text: string, at: number): string | undefined {
    const run = /^[a-z0-9]+/.exec(text.slice(at))?.[0];
    return run !== undefined && this.#ids.has(run) ? run : undefined;
  }
}

const unspacedScript = /\p{Script=Han}/u;
