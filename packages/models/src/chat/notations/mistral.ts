import { createHash } from "node:crypto";
import type { CallNotation } from "./notation.ts";
import { taggedCalls } from "./tagged-calls.ts";

const opening = "[TOOL_CALLS]";

/** `[TOOL_CALLS][{"name": …, "arguments": {…}}, …]`: Mistral. Its templates take ids of nine letters and digits only. */
export const mistral: CallNotation = {
  name: "mistral",
  opening,
  joints: { first: "[", between: ", ", last: "]" },
  frame: (name) => ({ before: `{"name": ${JSON.stringify(name)}, "arguments": `, after: "}" }),
  reader() {
    const calls = taggedCalls({ opening, close: "]" });
    let held: string | undefined = "";
    return {
      push(text) {
        if (held === undefined) return calls.push(text);
        held += text;
        const list = /^\s*\[/.exec(held);
        if (!list && /^\s*$/.test(held)) return [];
        const first = held.slice(list?.[0].length ?? 0);
        held = undefined;
        return calls.push(first);
      },
      get rest() {
        return calls.rest;
      },
      finish: () => calls.finish(),
    };
  },
  callId: (id) => (/^[a-zA-Z0-9]{9}$/.test(id) ? id : createHash("sha256").update(id).digest("hex").slice(0, 9)),
};
