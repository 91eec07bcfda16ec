import type { Tokenizer } from "../tokenizers/tokenizer.ts";

/** So many ids in front are enough to spell the next one. */
const CONTEXT_IDS = 4;

/** Turns ids into text as they come. What may still change (half a character, the start of a stop string) is held back. */
export class TextStream {
  readonly #tokenizer: Tokenizer;
  readonly #stop: readonly string[];
  readonly #ids: number[];
  /** Text of ids before `#from` is final; those from there to `#to` are the context in which later ones are read. */
  #from = 0;
  #to = 0;
  #held = "";
  #stopped = false;
  #stoppedBy: string | undefined;

  /** @param before ids in front of the text: some tokenizers spell a word's space only after another word. */
  constructor(tokenizer: Tokenizer, stop: readonly string[] = [], before: readonly number[] = []) {
    this.#tokenizer = tokenizer;
    this.#ids = before.slice(-CONTEXT_IDS);
    this.#to = this.#ids.length;
    this.#stop = stop.filter((text) => text !== "");
  }

  /** True once a stop string has come; it and what follows are not part of the text. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The stop string that has come. */
  get stoppedBy(): string | undefined {
    return this.#stoppedBy;
  }

  /** Adds an id and returns the text that is certain now. */
  push(id: number): string {
    if (this.#stopped) return "";
    this.#ids.push(id);
    const before = this.#tokenizer.decode(this.#ids.slice(this.#from, this.#to));
    const now = this.#tokenizer.decode(this.#ids.slice(this.#from));
    if (now.length <= before.length || now.endsWith("\ufffd")) return "";
    this.#held += now.slice(before.length);
    this.#from = this.#to;
    this.#to = this.#ids.length;
    return this.#release(false);
  }

  /** The rest of the text. */
  finish(): string {
    if (this.#stopped) return "";
    const before = this.#tokenizer.decode(this.#ids.slice(this.#from, this.#to));
    this.#held += this.#tokenizer.decode(this.#ids.slice(this.#from)).slice(before.length);
    return this.#release(true);
  }

  #release(all: boolean): string {
    let cut = this.#held.length;
    for (const stop of this.#stop) {
      const at = this.#held.indexOf(stop);
      if (at >= 0 && at <= cut) {
        cut = at;
        this.#stopped = true;
        this.#stoppedBy = stop;
      }
    }
    if (!this.#stopped && !all) cut -= longestOverlap(this.#held, this.#stop);
    const text = this.#held.slice(0, cut);
    this.#held = this.#stopped ? "" : this.#held.slice(cut);
    return text;
  }
}

/** The length of the longest end of the text that begins one of the stop strings. */
function longestOverlap(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (stop.startsWith(text.slice(-length))) longest = length;
    }
  }
  return longest;
}
