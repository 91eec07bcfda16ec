/** What the fields of a generation are called in requests, where it is not just another spelling. */
const names: readonly [pattern: RegExp, wire: string][] = [
  [/^responseFormat\.schema/, "response_format.json_schema.schema"],
  [/^tools\[(\d+)\]\.(parameters|strict|name|description)/, "tools[$1].function.$2"],
  [/^tools\[(\d+)\]\.format/, "tools[$1].custom.format"],
  [/^maxTokens/, "max_completion_tokens"],
  [/^maxNewTokens/, "max_completion_tokens"],
];

/**
 * The name of a field as requests spell it: `toolChoice` is `tool_choice`. Paths below a schema stay as they are.
 *
 * @param path of the request: responses name some fields otherwise than chat.
 */
export function toWireName(name: string, path = ""): string {
  if (path.startsWith("/v1/responses")) {
    const inside = name.replace(/^responseFormat/, "text.format").replace(/^maxTokens/, "max_output_tokens");
    if (inside !== name || name.startsWith("tools[")) return inside;
  }
  for (const [pattern, wire] of names) if (pattern.test(name)) return name.replace(pattern, wire);
  const [, field, rest] = /^([A-Za-z]+)(.*)$/s.exec(name) ?? ["", name, ""];
  return field!.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) + rest;
}
