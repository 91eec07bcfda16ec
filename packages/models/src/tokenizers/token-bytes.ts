import type { Tokenizer } from "./tokenizer.ts";

/** The bytes that a token stands for; a special token spells itself. Beyond the vocabulary: none. */
export function tokenBytes(tokenizer: Tokenizer, id: number): Uint8Array {
  const token = tokenizer.token(id);
  if (token === undefined) return new Uint8Array();
  if (tokenizer.specialIds.has(id)) return Buffer.from(token, "utf8");
  if (tokenizer.pieces === "bytes") return Uint8Array.from(token, (char) => byteOfCharacter.get(char) ?? 0x3f);
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token);
  return byte ? Uint8Array.of(Number.parseInt(byte[1]!, 16)) : Buffer.from(token.replaceAll("▁", " "), "utf8");
}

/** GPT-2's table: printable bytes stand for themselves, the others for the characters from U+0100 on. */
const byteOfCharacter: ReadonlyMap<string, number> = new Map(
  (() => {
    const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    let next = 256;
    return Array.from(
      { length: 256 },
      (_, byte) => [String.fromCodePoint(printable(byte) ? byte : next++), byte] as const,
    );
  })(),
);
