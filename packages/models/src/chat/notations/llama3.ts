import type { CallNotation } from "./notation.ts";
import { taggedCalls } from "./tagged-calls.ts";

const opening = '{"name": ';

/** An answer that is `{"name": …, "parameters": {…}}`: Llama 3. */
export const llama3: CallNotation = {
  name: "llama3",
  opening,
  joints: { first: "", between: `\n${opening}`, last: "" },
  frame: (name) => ({ before: `${JSON.stringify(name)}, "parameters": `, after: "}" }),
  reader() {
    const calls = taggedCalls({ opening: "" });
    let begun = false;
    return {
      push(text) {
        const whole = begun ? text : opening + text;
        begun = true;
        return calls.push(whole);
      },
      get rest() {
        return calls.rest;
      },
      finish: () => calls.finish(),
    };
  },
};
