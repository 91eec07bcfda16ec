import { expect, test } from "vitest";
import { readJsonLines, toJsonLines } from "./jsonl.ts";

async function all(source: Iterable<Uint8Array | string>): Promise<unknown[]> {
  const lines = [];
  for await (const { value, line } of readJsonLines(source, { name: "data.jsonl" })) lines.push([line, value]);
  return lines;
}

test("lines are numbered from 1, blank ones skipped, a byte order mark and CRLF tolerated", async () => {
  expect(await all(['\uFEFF{"a":1}\r\n', "\n[2", "]\n\n3"])).toEqual([
    [1, { a: 1 }],
    [3, [2]],
    [5, 3],
  ]);
});

test("a character cut between two chunks is put together", async () => {
  const bytes = new TextEncoder().encode('"图"\n');
  expect(await all([bytes.slice(0, 2), bytes.slice(2)])).toEqual([[1, "图"]]);
});

test("a broken line is named by its number and shown", async () => {
  await expect(all(['1\n{"a": }\n'])).rejects.toThrow(
    'data.jsonl, line 2: not a JSON value: {"a": } Each line must hold one complete JSON value.',
  );
});

test("bytes that are not UTF-8 are refused", async () => {
  await expect(all([Uint8Array.of(0x31, 0x0a, 0xff, 0x0a)])).rejects.toMatchObject({ code: "bad_jsonl" });
});

test("a missing file is not found", async () => {
  await expect(readJsonLines("/nowhere.jsonl").next()).rejects.toMatchObject({ code: "not_found" });
});

test("what is written is read back", async () => {
  const values = [{ a: "一\n" }, [1, null], "x"];
  expect((await all([toJsonLines(values)])).map((pair) => (pair as unknown[])[1])).toEqual(values);
});
