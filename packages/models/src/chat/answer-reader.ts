import type { CallNotation, CallPart, CallReader } from "./notations/notation.ts";

/** A piece of an answer, in the order in which the model wrote it. */
export type AnswerEvent = CallPart | { type: "reasoning"; text: string };

const thinking = { open: "<think>", close: "</think>" } as const;

/** Splits what a model writes into text, reasoning (`<think>…</think>`) and function calls, as it comes. */
export class AnswerReader {
  readonly #notation: CallNotation | undefined;
  #inside: "text" | "think" = "text";
  #calls: CallReader | undefined;
  #held = "";
  /** True once text or a call has come. */
  #written = false;
  /** Templates put line breaks around reasoning; they belong to neither side. */
  #skipBreaks = false;

  /** @param notation how calls are written, where functions were offered; left out, calls stay text. */
  constructor({ notation, startsInReasoning = false }: { notation?: CallNotation; startsInReasoning?: boolean } = {}) {
    this.#notation = notation;
    if (startsInReasoning) this.#inside = "think";
    this.#skipBreaks = startsInReasoning;
  }

  /** Takes a piece of text and returns the parts that are certain. */
  push(text: string): AnswerEvent[] {
    const parts: AnswerEvent[] = [];
    this.#held += text;
    for (;;) {
      if (this.#calls) {
        const piece = this.#held;
        this.#held = "";
        if (piece) parts.push(...this.#calls.push(piece));
        const { rest } = this.#calls;
        if (rest === undefined) return parts;
        this.#calls = undefined;
        this.#written = true;
        this.#held = rest;
      }
      const next = this.#nextMark();
      if (!next) break;
      this.#emit(this.#held.slice(0, next.at).replace(/\s+$/, ""), parts);
      this.#held = this.#held.slice(next.at + next.mark.length);
      if (next.mark === thinking.open || next.mark === thinking.close) {
        this.#inside = next.mark === thinking.open ? "think" : "text";
        this.#skipBreaks = true;
      } else this.#calls = this.#notation!.reader();
    }
    const certain = this.#held.length - this.#uncertainLength();
    this.#emit(this.#held.slice(0, certain), parts);
    this.#held = this.#held.slice(certain);
    return parts;
  }

  /** The rest. A call that was cut stays open; what only began like one is text. */
  finish(): AnswerEvent[] {
    const parts: AnswerEvent[] = [];
    if (this.#calls) parts.push(...this.#calls.finish());
    this.#calls = undefined;
    if (!this.#written || this.#held.trim()) this.#emit(this.#held, parts);
    this.#held = "";
    return parts;
  }

  #emit(text: string, parts: AnswerEvent[]): void {
    const shown = this.#skipBreaks ? text.replace(/^\n+/, "") : text;
    if (shown === "") return;
    this.#skipBreaks = false;
    if (this.#inside === "text") this.#written = true;
    parts.push({ type: this.#inside === "think" ? "reasoning" : "text", text: shown });
  }

  #marks(): string[] {
    if (this.#inside === "think") return [thinking.close];
    // Models think before they answer; later the mark is a word like any other.
    return [...(this.#written ? [] : [thinking.open]), ...(this.#notation ? [this.#notation.opening] : [])];
  }

  #nextMark(): { at: number; mark: string } | undefined {
    return this.#marks()
      .map((mark) => ({ mark, at: this.#held.indexOf(mark) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
  }

  /** How many characters at the end may turn out to begin a mark, with the white space in front of it. */
  #uncertainLength(): number {
    let longest = 0;
    for (const mark of this.#marks()) {
      for (let length = Math.min(mark.length - 1, this.#held.length); length > longest; length--) {
        if (mark.startsWith(this.#held.slice(-length))) longest = length;
      }
    }
    if (!this.#notation && this.#inside === "text") return longest;
    const before = this.#held.slice(0, this.#held.length - longest);
    return longest + (/\s+$/.exec(before)?.[0].length ?? 0);
  }
}
