/** A piece of an answer, in the order in which the model wrote it. */
export type AnswerPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  /** `input` is JSON text. */
  | { type: "tool-call"; name: string; input: string };

const tags = { think: ["<think>", "</think>"], call: ["<tool_call>", "</tool_call>"] } as const;

/**
 * Splits what a model writes into text, reasoning (`<think>…</think>`) and function calls: `<tool_call>{"name", "arguments"}</tool_call>`
 * as Qwen and Hermes write them, or an answer that is nothing but `{"name", "parameters"}` as Llama 3 does. Works on pieces.
 */
export class AnswerParser {
  readonly #withTools: boolean;
  #inside: "text" | "think" | "call" = "text";
  #held = "";
  #written = false;

  /** @param withTools whether functions were offered; if not, calls are left as text. */
  constructor({
    withTools = false,
    startsInReasoning = false,
  }: { withTools?: boolean; startsInReasoning?: boolean } = {}) {
    this.#withTools = withTools;
    if (startsInReasoning) this.#inside = "think";
  }

  /** Takes a piece of text and returns the parts that are certain. */
  push(text: string): AnswerPart[] {
    this.#held += text;
    const parts: AnswerPart[] = [];
    if (this.#withTools && !this.#written && this.#inside === "text" && this.#held.trimStart().startsWith("{"))
      return parts;
    for (;;) {
      const next = this.#nextTag();
      if (!next) break;
      const before = this.#held.slice(0, next.at);
      this.#held = this.#held.slice(next.at + next.tag.length);
      this.#emit(before, parts);
      this.#inside = next.enter;
      // Templates put line breaks around the marks; they belong to neither side.
      if (next.enter === "text") this.#held = this.#held.replace(/^\n+/, "");
    }
    if (this.#inside !== "call") {
      const certain = this.#held.length - this.#possibleTagLength();
      this.#emit(this.#held.slice(0, certain), parts);
      this.#held = this.#held.slice(certain);
    }
    return parts;
  }

  /** The rest: an unfinished call is text again. */
  finish(): AnswerPart[] {
    const parts: AnswerPart[] = [];
    const rest = this.#held;
    this.#held = "";
    const call = this.#withTools && !this.#written && this.#inside === "text" ? parseCall(rest) : undefined;
    if (call) return [call];
    if (this.#inside === "call") {
      const finished = parseCall(rest);
      return finished ? [finished] : [{ type: "text", text: tags.call[0] + rest }];
    }
    this.#emit(rest, parts);
    return parts;
  }

  #emit(text: string, parts: AnswerPart[]): void {
    if (this.#inside === "call") {
      parts.push(parseCall(text) ?? { type: "text", text: `${tags.call[0]}${text}${tags.call[1]}` });
      return;
    }
    const shown = this.#written ? text : text.replace(/^\n+/, "");
    if (shown === "") return;
    if (this.#inside === "text") this.#written = true;
    parts.push({ type: this.#inside === "think" ? "reasoning" : "text", text: shown });
  }

  #openTags(): { tag: string; enter: "text" | "think" | "call" }[] {
    if (this.#inside === "think") return [{ tag: tags.think[1], enter: "text" }];
    if (this.#inside === "call") return [{ tag: tags.call[1], enter: "text" }];
    const opening: { tag: string; enter: "text" | "think" | "call" }[] = [{ tag: tags.think[0], enter: "think" }];
    if (this.#withTools) opening.push({ tag: tags.call[0], enter: "call" });
    return opening;
  }

  #nextTag(): { at: number; tag: string; enter: "text" | "think" | "call" } | undefined {
    return this.#openTags()
      .map((entry) => ({ ...entry, at: this.#held.indexOf(entry.tag) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
  }

  /** How many characters at the end may turn out to be a tag. */
  #possibleTagLength(): number {
    let longest = 0;
    for (const { tag } of this.#openTags()) {
      for (let length = Math.min(tag.length - 1, this.#held.length); length > longest; length--) {
        if (tag.startsWith(this.#held.slice(-length))) longest = length;
      }
    }
    return longest;
  }
}

function parseCall(text: string): AnswerPart | undefined {
  try {
    const { name, arguments: input, parameters } = JSON.parse(text) as Record<string, unknown>;
    if (typeof name !== "string") return undefined;
    const value = input ?? parameters ?? {};
    return { type: "tool-call", name, input: typeof value === "string" ? value : JSON.stringify(value) };
  } catch {
    return undefined;
  }
}
