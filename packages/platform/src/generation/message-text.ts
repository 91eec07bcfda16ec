import { InputError } from "@loam/core";
import type { ContentPart, Message } from "./request.ts";

const unreadable: Record<string, string> = {
  image_url: "an image, and this model has no vision",
  input_audio: "audio, which this model cannot hear",
  file: "a file, which chat messages of this model cannot carry",
};

/**
 * The text of a message.
 *
 * @param at where the message stands, for the error: `messages[2]`.
 * @throws {InputError} naming the part that is no text.
 */
export function textOf({ content }: Pick<Message, "content">, at: string): string {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  return content.map((part, i) => partText(part, `${at}.content[${i}]`)).join("");
}

function partText(part: ContentPart, at: string): string {
  if (part.type === "text") return part.text;
  if (part.type === "refusal") return part.refusal;
  throw new InputError("invalid_value", `\`${at}\` is ${unreadable[part.type] ?? part.type}; it reads text only.`, {
    details: { name: at, type: part.type },
    hint: "describe it in words, or name a model that sees",
  });
}
