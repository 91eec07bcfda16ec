import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { type Row, readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function all(path: string): Promise<Row[]> {
  return (await Array.fromAsync(readRows(path))).map(({ row }) => row);
}

const rows = [
  { title: "Solaris", note: 'says "no", twice\nover' },
  { title: "三体", note: "" },
];

describe("readRows", () => {
  test.each([
    ["list.json", JSON.stringify(rows)],
    ["list.jsonl", rows.map((row) => JSON.stringify(row)).join("\n")],
    ["list.csv", '\uFEFFtitle,note\nSolaris,"says ""no"", twice\nover"\n三体,\n'],
    ["list.tsv", 'title\tnote\nSolaris\t"says ""no"", twice\nover"\n三体\t\n'],
  ])("%s, plain and gzipped", async (name, content) => {
    expect(await all(file(name, content))).toEqual(rows);
    expect(await all(file(`${name}.gz`, gzipSync(content)))).toEqual(rows);
  });

  test("a broken CSV row is an error with its line", async () => {
    await expect(all(file("broken.csv", "a,b\n1,2\n3\n"))).rejects.toThrow(/broken\.csv: .*line 3/);
  });

  test("a list of something else than objects is an error with the row", async () => {
    await expect(all(file("numbers.json", "[{}, 3]"))).rejects.toThrow(
      "row 2: expected an object, got 3. Each row must be an object with named fields.",
    );
    await expect(all(file("object.json", "{}"))).rejects.toThrow("object.json: the file holds no list.");
  });

  test("an unknown ending and a missing file say what to do", async () => {
    await expect(all(file("list.docx", ""))).rejects.toThrow(
      "use a file that ends in .json, .jsonl, .csv, .tsv, .parquet".replace("use", "Use"),
    );
    await expect(all(join(folder, "none.csv"))).rejects.toThrow('none.csv" does not exist. Check the path.');
  });

  test("a file that is no Parquet is refused", async () => {
    await expect(all(file("no.parquet", "hello, this is text"))).rejects.toThrow("not a Parquet file");
  });
});
