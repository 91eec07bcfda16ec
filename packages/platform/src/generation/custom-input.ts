/** A custom tool's text, as the one member of a function's arguments: what every model that calls functions can write. */
export const customParameters = (format: unknown): Record<string, unknown> => ({
  type: "object",
  properties: { input: format ?? { type: "string" } },
  required: ["input"],
  additionalProperties: false,
});

/** Reads the text of `{"input": "…"}` as it comes. */
export class CustomInput {
  #held = "";
  #inside: "head" | "text" | "done" = "head";

  /** Takes a piece of the JSON and returns the piece of text that is certain. */
  push(json: string): string {
    this.#held += json;
    if (this.#inside === "head") {
      const head = /^\s*\{\s*"input"\s*:\s*"/.exec(this.#held);
      if (!head) return "";
      this.#held = this.#held.slice(head[0].length);
      this.#inside = "text";
    }
    if (this.#inside === "done") return "";
    // Whole characters and whole escapes; half a pair of surrogates waits for the other half.
    const whole =
      /^(?:[^"\\]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[0-9a-fA-F]{4}|\\u(?![dD][89abAB])[0-9a-fA-F]{4}|\\[^u])*/.exec(
        this.#held,
      )![0];
    this.#held = this.#held.slice(whole.length);
    if (this.#held.startsWith('"')) this.#inside = "done";
    return JSON.parse(`"${whole}"`) as string;
  }
}
