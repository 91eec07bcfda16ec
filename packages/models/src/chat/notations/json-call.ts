import type { CallPart } from "./notation.ts";

const head = /^\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"(?:arguments|parameters)"\s*:\s*(?=[^\s])/;

/**
 * Reads one `{"name": …, "arguments": {…}}` (Llama says `parameters`), handing on the arguments as they come. Members in
 * another order, and arguments spelled as a string, are waited for and handed on whole.
 */
export class JsonCall {
  #held = "";
  #scan: "head" | "value" | "tail" | "whole" = "head";
  #depth = 0;
  #inString = false;
  #escaped = false;
  #rest: string | undefined;
  #broken = false;

  /** What follows the object once it is closed. */
  get rest(): string | undefined {
    return this.#rest;
  }

  /** True where the text turned out to be no call; {@link finish} gives it back. */
  get broken(): boolean {
    return this.#broken;
  }

  push(text: string): CallPart[] {
    const parts: CallPart[] = [];
    this.#held += text;
    if (this.#scan === "head") this.#readHead(parts);
    if (this.#scan === "value") this.#readValue(parts);
    if (this.#scan === "whole") this.#readWhole(parts);
    if (this.#scan === "tail") this.#readTail();
    return parts;
  }

  /** What was held back and is no call. */
  finish(): string {
    return this.#scan === "head" || this.#scan === "whole" ? this.#held : "";
  }

  #readHead(parts: CallPart[]): void {
    const found = head.exec(this.#held);
    if (found && this.#held[found[0].length] === "{") {
      parts.push({ type: "call-start", name: JSON.parse(found[1]!) as string });
      this.#held = this.#held.slice(found[0].length);
      this.#scan = "value";
    } else if (found || /^\s*\{[\s\S]*\}/.test(this.#held)) this.#scan = "whole";
    else if (!/^\s*(\{|$)/.test(this.#held)) this.#broken = true;
  }

  #readValue(parts: CallPart[]): void {
    const end = this.#endOfObject(this.#held);
    const text = end === undefined ? this.#held : this.#held.slice(0, end);
    if (text) parts.push({ type: "call-delta", text });
    this.#held = this.#held.slice(text.length);
    if (end === undefined) return;
    parts.push({ type: "call-end" });
    this.#scan = "tail";
  }

  #readTail(): void {
    const close = /^\s*\}/.exec(this.#held);
    if (close) this.#rest = this.#held.slice(close[0].length);
    else if (/\S/.test(this.#held)) this.#rest = this.#held;
  }

  #readWhole(parts: CallPart[]): void {
    [this.#depth, this.#inString, this.#escaped] = [0, false, false];
    const end = this.#endOfObject(this.#held);
    if (end === undefined) return;
    const call = parseCall(this.#held.slice(0, end));
    if (!call) {
      this.#broken = true;
      return;
    }
    parts.push({ type: "call-start", name: call.name }, { type: "call-delta", text: call.input }, { type: "call-end" });
    this.#rest = this.#held.slice(end);
    this.#held = "";
  }

  /** Where the object closes, counting on from earlier pieces. */
  #endOfObject(text: string): number | undefined {
    for (let i = 0; i < text.length; i++) {
      const c = text[i]!;
      if (this.#escaped) this.#escaped = false;
      else if (this.#inString) {
        if (c === "\\") this.#escaped = true;
        else if (c === '"') this.#inString = false;
      } else if (c === '"') this.#inString = true;
      else if (c === "{" || c === "[") this.#depth++;
      else if ((c === "}" || c === "]") && --this.#depth === 0) return i + 1;
    }
    return undefined;
  }
}

function parseCall(text: string): { name: string; input: string } | undefined {
  try {
    const { name, arguments: input, parameters } = JSON.parse(text) as Record<string, unknown>;
    if (typeof name !== "string") return undefined;
    const value = input ?? parameters ?? {};
    return { name, input: typeof value === "string" ? value : JSON.stringify(value) };
  } catch {
    return undefined;
  }
}
