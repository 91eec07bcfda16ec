import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { parseNumber } from "./number.ts";
import { readRows } from "./read-rows.ts";
import type { Row } from "./row.ts";

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

  test("a row nested without an end is a bad row, in lists and in lines; the others are read", async () => {
    const deep = `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
    await expect(all(file("deep.json", `[{"a":1},${deep}]`))).rejects.toThrow("row 2: it is nested more than 200 deep");
    await expect(all(file("deeper.json", `[${deep.slice(5, -1)}]`))).rejects.toThrow("expected an object");
    const bad: number[] = [];
    const lines = readRows(file("deep.jsonl", `${deep}\n{"a":1}`), { onBadRow: (_error, line) => bad.push(line) });
    expect([(await Array.fromAsync(lines)).map(({ row }) => row), bad]).toEqual([[{ a: 1 }], [1]]);
  });

  test("a gzipped file that grows without an end is refused, a broken one is said to be none", async () => {
    const bomb = gzipSync(Buffer.alloc(70 << 20, `${"x".repeat(1 << 20)}\n`));
    await expect(all(file("bomb.csv.gz", bomb))).rejects.toThrow("it unpacks to more than 200 times its size");
    await expect(all(file("none.csv.gz", "a,b\n1,2"))).rejects.toThrow("it is no gzip file");
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
      "use a file that ends in .json, .jsonl, .csv, .tsv, .xlsx, .parquet".replace("use", "Use"),
    );
    await expect(all(join(folder, "none.csv"))).rejects.toThrow('none.csv" does not exist. Check the path.');
  });

  test("a file that is no Parquet is refused", async () => {
    await expect(all(file("no.parquet", "hello, this is text"))).rejects.toThrow("not a Parquet file");
  });

  const pair = { prediction: "the cat", reference: "a dog" };
  test.each([
    ["semicolons.csv", "prediction;reference\nthe cat;a dog\n"],
    ["semicolons twice.csv", "prediction;reference\nthe cat;a dog\n"],
    ["tabs.csv", "prediction\treference\nthe cat\ta dog\n"],
    ["bars.csv", "prediction|reference\nthe cat|a dog\n"],
    ["commas.tsv", "prediction,reference\nthe cat,a dog\n"],
    ["said by Excel.csv", "sep=;\r\nprediction;reference\r\nthe cat;a dog\r\n"],
    ["blanks in the header.csv", " prediction ,reference \nthe cat,a dog\n"],
    ["empty columns.csv", "prediction,reference,,\nthe cat,a dog,,\n"],
  ])("%s is read as it is written", async (name, content) => {
    expect(await all(file(name, content))).toEqual([pair]);
  });

  test("what stands in most records decides between delimiters, not what stands in one", async () => {
    const content = "prediction;reference\n1,5 kg, or so;1,5 kg\n2;two, or three\n";
    expect(await all(file("prose.csv", content))).toEqual([
      { prediction: "1,5 kg, or so", reference: "1,5 kg" },
      { prediction: "2", reference: "two, or three" },
    ]);
    expect(await all(file("one column.csv", "note\na; b\nc; d\n"))).toEqual([{ note: "a; b" }, { note: "c; d" }]);
  });

  test("a quote inside an unquoted field is a character", async () => {
    const content = 'prediction,reference\na 5" pipe,it"s "so"\n"a ""quoted"", field",x\n';
    expect(await all(file("quotes.csv", content))).toEqual([
      { prediction: 'a 5" pipe', reference: 'it"s "so"' },
      { prediction: 'a "quoted", field', reference: "x" },
    ]);
  });

  test.each([
    ["UTF-16 with a mark", [0xff, 0xfe], "utf16le", { 书名: "三体", 作者: "刘慈欣" }],
    ["UTF-16 without", [], "utf16le", { title: "Solaris", author: "莱姆" }],
    ["Latin-1", [], "latin1", { titre: "L'été à Orly", auteur: "Éluard" }],
    ["German in Latin-1", [], "latin1", { wort: "Straße", satz: "schöne Grüße, süß" }],
  ] as const)("%s is told by its bytes", async (name, mark, encoding, row) => {
    const text = [Object.keys(row), Object.values(row).map((value) => `"${value}"`)]
      .map((line) => line.join(","))
      .join("\r\n");
    const bytes = Buffer.concat([Buffer.from(mark), Buffer.from(`${text}\r\n`, encoding)]);
    expect(await all(file(`${name}.csv`, bytes))).toEqual([row]);
  });

  test("GBK is told by its bytes, with a Latin-1 file beside it that would decode as GBK too", async () => {
    // 书名,作者 / 活着,余华
    const gbk = Buffer.from("cae9c3fb2cd7f7d5df0abbeed7c52cd3e0bbaa0a", "hex");
    expect(await all(file("gbk.csv", gbk))).toEqual([{ 书名: "活着", 作者: "余华" }]);
    expect(await all(file("latin.csv", Buffer.from("a,b\n\u00e9t\u00e9s,no\u00ebl\n", "latin1")))).toEqual([
      { a: "étés", b: "noël" },
    ]);
  });

  test("a file that stops being UTF-8 is refused with the line", async () => {
    const start = "a,b\n".padEnd(300_000, "1,é\n");
    const bytes = Buffer.concat([Buffer.from(start), Buffer.from([0x78, 0x2c, 0xe9, 0x0a])]);
    await expect(all(file("mixed.csv", bytes))).rejects.toThrow(/mixed\.csv, line \d{5}: the bytes are not UTF-8/);
  });

  test("an Excel sheet: numbers, dates and empty cells", async () => {
    const row = { title: "Dune", year: 1965, read: "2024-03-01", note: "" };
    expect(await all(join(import.meta.dirname, "../../test/workbook.xlsx"))).toEqual([
      row,
      { ...row, title: "三体", year: 2008 },
    ]);
    await expect(all(file("no.xlsx", "hello"))).rejects.toThrow("no.xlsx is a damaged zip archive.");
  });
});

describe("parseNumber", () => {
  test.each([
    ["4.5", 4.5],
    ["4,5", 4.5],
    ["1,234", 1234],
    ["1.234,5", 1234.5],
    ["1,234.5", 1234.5],
    ["1 234 567,89", 1234567.89],
    ["-0,5", -0.5],
    ["1e-3", 0.001],
    ["0.125", 0.125],
    ["0,125", 0.125],
    [" 12 ", 12],
    ["１２", 12],
    ["", undefined],
    ["n.d.", undefined],
    ["1,2,3", undefined],
    ["4.5 stars", undefined],
    [4.5, 4.5],
    [null, undefined],
  ])("%j is %j", (text, number) => {
    expect(parseNumber(text)).toBe(number);
  });
});
