import { JsonCall } from "./json-call.ts";
import { mistral } from "./mistral.ts";
import type { CallNotation, CallPart, CallReader } from "./notation.ts";

const [opening, mark] = ["[TOOL_CALLS]", "[ARGS]"];

/** `[TOOL_CALLS]name[ARGS]{…}`, once for each call: Mistral's models from 2025 on (tokenizer v11). */
export const mistralArgs: CallNotation = {
  name: "mistral-args",
  opening,
  joints: { first: "", between: opening, last: "" },
  frame: (name) => ({ before: `${name}${mark}`, after: "" }),
  reader: argsReader,
  callId: mistral.callId,
};

function argsReader(): CallReader {
  let held = "";
  let call: JsonCall | undefined;
  let called = false;
  let rest: string | undefined;

  /** The name, up to the mark behind it. */
  function begin(): CallPart[] {
    const at = held.indexOf(mark);
    if (at < 0) return [];
    const name = held.slice(0, at).trim();
    const text = held.slice(at + mark.length);
    held = "";
    call = new JsonCall();
    // From here on it is the inside of a call as others spell it.
    return [...call.push(`{"name": ${JSON.stringify(name)}, "arguments": `), ...proceed(text)];
  }

  function proceed(text: string): CallPart[] {
    const parts = call!.push(text);
    called ||= parts.length > 0;
    const after = call!.broken ? call!.finish() : call!.rest;
    if (after === undefined) return parts;
    call = undefined;
    return [...parts, ...between(after)];
  }

  /** Behind a call comes another one, or the text goes on. */
  function between(text: string): CallPart[] {
    const next = text.trimStart();
    if (next.startsWith(opening)) {
      held = next.slice(opening.length);
      return begin();
    }
    if (opening.startsWith(next)) waiting = text;
    else rest = text;
    return [];
  }
  let waiting: string | undefined;

  return {
    push(text) {
      if (rest !== undefined) return [];
      if (waiting !== undefined) {
        const all = waiting + text;
        waiting = undefined;
        return between(all);
      }
      if (call) return proceed(text);
      held += text;
      return begin();
    },
    get rest() {
      return rest;
    },
    finish() {
      const left = waiting ?? (call ? call.finish() : held);
      if (called) return left.trim() ? [{ type: "text", text: left }] : [];
      return [{ type: "text", text: opening + left }];
    },
  };
}
