/** A stretch of a text in UTF-16 code units, as `slice` takes it. */
export interface Span {
  start: number;
  end: number;
}

/**
 * A text that was changed (lower-cased, composed, with parts taken out) and still knows which stretch of the original
 * each of its characters stands for.
 */
export class MappedText {
  readonly text: string;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  private constructor(text: string, starts: Int32Array, ends: Int32Array) {
    this.text = text;
    this.#starts = starts;
    this.#ends = ends;
  }

  static of(text: string): MappedText {
    const starts = Int32Array.from({ length: text.length }, (_, i) => i);
    return new MappedText(
      text,
      starts,
      starts.map((start) => start + 1),
    );
  }

  /** The stretch of the original behind characters `start` to `end` of this text. */
  spanOf(start: number, end: number): Span {
    return { start: this.#starts[start]!, end: this.#ends[end - 1]! };
  }

  /**
   * Applies a change that works on each character by itself, marks and all: lower case, Unicode normalisation. Where a
   * character changes its length, all of the new one stands for all of the old one.
   */
  changed(change: (text: string) => string): MappedText {
    const whole = change(this.text);
    if (whole === this.text) return this;
    const starts = new Int32Array(whole.length);
    const ends = new Int32Array(whole.length);
    let at = 0;
    for (const { segment, index } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(this.text)) {
      const length = change(segment).length;
      for (let i = 0; i < length && at < whole.length; i++, at++) {
        const same = length === segment.length;
        starts[at] = this.#starts[same ? index + i : index]!;
        ends[at] = this.#ends[same ? index + i : index + segment.length - 1]!;
      }
    }
    // A character that changes with its neighbours: what is left stands for the end of the text.
    for (; at < whole.length; at++) [starts[at], ends[at]] = [this.#starts.at(-1) ?? 0, this.#ends.at(-1) ?? 0];
    return new MappedText(whole, starts, ends);
  }

  /** Takes out what the pattern matches, or puts one character in its place. */
  replaced(pattern: RegExp, character: "" | " " = ""): MappedText {
    let text = "";
    const starts: number[] = [];
    const ends: number[] = [];
    const copy = (from: number, to: number) => {
      text += this.text.slice(from, to);
      for (let i = from; i < to; i++) {
        starts.push(this.#starts[i]!);
        ends.push(this.#ends[i]!);
      }
    };
    let last = 0;
    for (const match of this.text.matchAll(pattern)) {
      copy(last, match.index);
      last = match.index + match[0].length;
      if (character === "") continue;
      text += character;
      starts.push(this.#starts[match.index]!);
      ends.push(this.#ends[last - 1]!);
    }
    copy(last, this.text.length);
    return new MappedText(text, Int32Array.from(starts), Int32Array.from(ends));
  }
}
