import { expect, test } from "vitest";
import { tinyChatModel } from "../testing/index.ts";
import { openTokenizer } from "../tokenizers/load.ts";
import { TextStream } from "./text-stream.ts";

const tokenizer = await openTokenizer(tinyChatModel());
const pieces = (text: string, stop: string[] = []): string[] => {
  const stream = new TextStream(tokenizer, stop);
  const out = tokenizer.encode(text).ids.map((id) => stream.push(id));
  return [...out, stream.finish()];
};

test("a character of several bytes comes whole", () => {
  expect(pieces("图")).toEqual(["", "", "图", ""]);
  expect(pieces("a🙂b").join("")).toBe("a🙂b");
});

test("a stop string is never shown, not even its beginning", () => {
  expect(pieces("one\nUser: two", ["\nUser:"])).toEqual(["o", "n", "e", ...new Array(11).fill("")]);
  expect(pieces("one\nUse it", ["\nUser:"]).join("")).toBe("one\nUse it");
});

test("bytes that are no character are shown when nothing more comes", () => {
  const stream = new TextStream(tokenizer);
  expect(stream.push(0xe5)).toBe("");
  expect(stream.finish()).toBe("\ufffd");
});
