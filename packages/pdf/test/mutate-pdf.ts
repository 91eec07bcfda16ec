import { deflateSync, inflateSync } from "node:zlib";
import { Rng } from "@loam/core";

const huge = ["-1", "0", "2147483647", "4294967295", "99999999999999999999", "1e308", "0.0000001", "65536"];
const hurtful = [
  "[".repeat(5000),
  "<<".repeat(5000),
  "(".repeat(5000),
  "q ".repeat(20_000),
  "/Kids[1 0 R 1 0 R 1 0 R]",
  "/Parent 1 0 R",
  "1 0 R",
  "/Length 99999999",
  "/Filter[/FlateDecode/FlateDecode/FlateDecode]",
  "endobj",
  "endstream",
  "BT",
  "/Fm0 Do ",
  "1000000 0 0 1000000 0 0 cm ",
  "\u0000",
];

/**
 * A damaged copy of a PDF: bytes, numbers, references and lengths changed, parts cut, doubled and moved, also inside
 * its packed streams. The same seed damages in the same way.
 */
export function mutatePdf(source: Uint8Array, seed: number): Uint8Array {
  const rng = new Rng(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rng.uniform() * list.length)]!;
  let text = Buffer.from(source).toString("latin1");
  if (rng.uniform() < 0.6) text = insideStreams(text, rng, (content) => damage(content, rng, pick));
  const times = 1 + Math.floor(rng.uniform() * 6);
  if (rng.uniform() < 0.8) for (let i = 0; i < times; i++) text = damage(text, rng, pick);
  return Buffer.from(text, "latin1");
}

function damage(text: string, rng: Rng, pick: <T>(list: readonly T[]) => T): string {
  const at = Math.floor(rng.uniform() * text.length);
  const length = Math.floor(rng.uniform() ** 4 * text.length);
  const kind = Math.floor(rng.uniform() * 9);
  const number = /\d+(?:\.\d+)?/g;
  const reference = /\d+ 0 R/g;
  switch (kind) {
    case 0: // bits
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (at % 8))) + text.slice(at + 1);
    case 1: // cut
      return text.slice(0, at) + text.slice(at + length);
    case 2: // doubled
      return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    case 3: // end of the file lost
      return text.slice(0, Math.max(20, text.length - length));
    case 4: {
      number.lastIndex = at;
      const found = number.exec(text);
      return found ? text.slice(0, found.index) + pick(huge) + text.slice(number.lastIndex) : text;
    }
    case 5: {
      reference.lastIndex = at;
      const found = reference.exec(text);
      const other = `${1 + Math.floor(rng.uniform() * 40)} 0 R`;
      return found ? text.slice(0, found.index) + other + text.slice(reference.lastIndex) : text;
    }
    case 6:
      return text.slice(0, at) + pick(hurtful) + text.slice(at);
    case 7: {
      // two parts change places
      const part = text.slice(at, at + length);
      const to = Math.floor(rng.uniform() * at);
      return text.slice(0, to) + part + text.slice(to, at) + text.slice(at + length);
    }
    default: // the same piece again and again
      return text.slice(0, at) + text.slice(at, at + Math.min(length, 200)).repeat(300) + text.slice(at);
  }
}

function insideStreams(text: string, rng: Rng, change: (content: string) => string): string {
  return text.replace(/stream\r?\n([\s\S]*?)endstream/g, (whole, packed: string) => {
    if (rng.uniform() < 0.5) return whole;
    try {
      const content = inflateSync(Buffer.from(packed, "latin1"), { maxOutputLength: 1 << 22 }).toString("latin1");
      return `stream\n${deflateSync(Buffer.from(change(content), "latin1")).toString("latin1")}\nendstream`;
    } catch {
      return whole;
    }
  });
}
