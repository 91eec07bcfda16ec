import type { CallNotation } from "./notation.ts";
import { taggedCalls } from "./tagged-calls.ts";

const [opening, close] = ["<tool_call>", "</tool_call>"];

/** `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, one for each call, on lines of their own: Hermes and Qwen. */
export const hermes: CallNotation = {
  name: "hermes",
  opening,
  joints: { first: "", between: `\n${opening}`, last: "" },
  frame: (name) => ({ before: `\n{"name": ${JSON.stringify(name)}, "arguments": `, after: `}\n${close}` }),
  reader: () => taggedCalls({ opening, close }),
};
