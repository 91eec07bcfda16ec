import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRows } from "@loam/core";
import { openDocument } from "@loam/pdf";
import { openStore } from "@loam/store";
import { MockLanguageModelV4 } from "ai/test";
import { afterAll, describe, expect, test } from "vitest";
import { writePdf } from "../../pdf/test/write-pdf.ts";
import { extractRows } from "../src/extract/extract.ts";
import { openExtractions, openLibrary, readExtractSchema, trainingRows, writeRows } from "../src/index.ts";

const folder = await mkdtemp(join(tmpdir(), "loam-extract-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const invoice = {
  type: "object",
  properties: {
    invoiceNumber: { type: "string" },
    invoiceDate: { type: "string", format: "date" },
    dueDate: { type: "string", format: "date" },
    total: { type: "number" },
    paid: { type: ["boolean", "null"] },
    currency: { type: "string", enum: ["EUR", "USD", "CNY"] },
  },
};

async function rowsOf(schema: unknown, name: string, source: string | Uint8Array, options = {}) {
  const file = await openDocument(typeof source === "string" ? new TextEncoder().encode(source) : source, { name });
  const pages = await Promise.all(Array.from({ length: file.info.pageCount }, (_, i) => file.readPage(i + 1)));
  file.close();
  return extractRows(readExtractSchema(schema), { id: "doc_1", name, pages }, options);
}

async function valuesOf(schema: unknown, name: string, source: string | Uint8Array) {
  const rows = await rowsOf(schema, name, source);
  return rows.map(({ cells }) => Object.fromEntries(Object.entries(cells).map(([field, { value }]) => [field, value])));
}

describe("a row a document", () => {
  test.each([
    [
      "colons.txt",
      "ACME GmbH\n\nInvoice No.: 2031/77\nDate of issue: 3 March 2031\nDue date: 14.04.2031\n\nSub total: EUR 1,000.00\nTotal: EUR 1,190.50\nPaid: no\nCurrency: EUR\n",
    ],
    [
      "table.html",
      "<h1>Rechnung</h1><table><tr><td>Invoice number<td>2031/77</tr><tr><td>Invoice date<td>March 3, 2031</tr><tr><td>Due date<td>2031-04-14</tr><tr><td>Subtotal<td>1.000,00</tr><tr><td>Total<td>1.190,50</tr><tr><td>Paid<td>☐</tr><tr><td>Currency<td>eur</tr></table>",
    ],
    [
      "prose.md",
      "# Letter\n\nThe invoice number is 2031/77. The invoice date is 3 March 2031.\nPayment due: 14 April 2031.\n\n- Sub total: 1000\n- Total amount: 1,190.50 EUR\n- Paid: false\n- Currency: EUR",
    ],
    [
      "chinese.txt",
      "发票号码：2031/77\n开票日期：2031年3月3日\n到期日：2031年4月14日\n小计：1000.00\n合计：1,190.50\nPaid：否\n币种：EUR\n",
    ],
  ])("%s", async (name, source) => {
    expect(await valuesOf(invoice, name, source)).toEqual([
      {
        invoiceNumber: "2031/77",
        invoiceDate: "2031-03-03",
        dueDate: "2031-04-14",
        total: 1190.5,
        paid: false,
        currency: "EUR",
      },
    ]);
  });

  test("a PDF's value has the box of its line, and what is not stated is missing", async () => {
    const pdf = await writePdf([["# Invoice", "Invoice number: A-19", "Total: 42.00"]]);
    const [row] = await rowsOf(invoice, "a.pdf", pdf);
    expect(Object.keys(row!.cells)).toEqual(["invoiceNumber", "total"]);
    const { box, page, quote, confidence, source } = row!.cells.total!;
    expect({ page, quote, confidence, source }).toEqual({
      page: 1,
      quote: "Total: 42.00",
      confidence: 0.95,
      source: "label",
    });
    expect(box[0]).toBeCloseTo(72, 0);
  });

  test("a date that may be read two ways, and two values of one field, are less sure", async () => {
    const schema = {
      type: "object",
      properties: { dueDate: { type: "string", format: "date" }, total: { type: "number" } },
    };
    const [row] = await rowsOf(schema, "a.txt", "Due date: 3/4/2031\n\nTotal: 5\n\nTotal: 6\n");
    expect(row!.cells.dueDate).toMatchObject({ value: "2031-04-03", confidence: 0.57 });
    expect(row!.cells.total).toMatchObject({ value: 5, confidence: 0.76 });
  });

  test("a model fills what is open, and only with words that stand in the document", async () => {
    const answers = {
      total: { value: 90, quote: "She owes us ninety, that is 90 crowns" },
      currency: { value: "USD", quote: "paid in dollars" },
      invoiceNumber: { value: "X-1", quote: "no such words anywhere here" },
    };
    const model = new MockLanguageModelV4({
      doGenerate: async () =>
        ({
          content: [{ type: "text", text: `Here: ${JSON.stringify(answers)}` }],
          finishReason: { unified: "stop", raw: "stop" },
          usage: { inputTokens: {}, outputTokens: {} },
          warnings: [],
        }) as never,
    });
    const [row] = await rowsOf(invoice, "a.txt", "She owes us ninety, that is 90 crowns, and no dollars.", { model });
    expect(row!.cells).toMatchObject({ total: { value: 90, source: "model", page: 1 } });
    expect(Object.keys(row!.cells)).toEqual(["total"]);
  });
});

describe("a row a record", () => {
  const items = {
    type: "array",
    items: {
      type: "object",
      properties: {
        description: { type: "string" },
        quantity: { type: "integer" },
        unitPrice: { type: "number", title: "Price" },
      },
    },
  };
  test("every row of a table that names the fields, over pages, without its sum", async () => {
    const rows = Array.from({ length: 150 }, (_, i) => `Part ${i + 1};${i % 9};${i}.50`);
    const csv = `Item;Qty;Price (EUR)\n${rows.join("\n")}\nTotal;600;11250.00\n`;
    const read = await valuesOf(items, "parts.csv", csv);
    expect(read).toHaveLength(150);
    expect(read[149]).toEqual({ description: "Part 150", quantity: 5, unitPrice: 149.5 });
  });

  test("tables of something else give nothing", async () => {
    expect(await valuesOf(items, "a.csv", "city,people\nOslo,700\nBergen,290\n")).toEqual([]);
  });
});

describe("what is written", async () => {
  const schema = readExtractSchema({
    type: "object",
    properties: { name: { type: "string" }, total: { type: "number" } },
  });
  const rows = await rowsOf(
    { type: "object", properties: { name: { type: "string" }, total: { type: "number" } } },
    "a.txt",
    'Name: =HYPERLINK("http://evil","x")\nTotal: -5\n',
  );
  test.each(["csv", "xlsx", "parquet"] as const)("%s comes back as it went out", async (format) => {
    const path = join(folder, `rows.${format}`);
    await writeFile(path, await writeRows(rows, schema, format));
    const read = [];
    for await (const { row } of readRows(path)) read.push(row);
    const name = '=HYPERLINK("http://evil","x")';
    expect(read).toHaveLength(1);
    expect(read[0]!.name).toBe(format === "csv" ? `'${name}` : name);
    expect(Number(read[0]!.total)).toBe(-5);
    expect(Number(read[0]!["total.page"])).toBe(1);
    expect(Number(read[0]!["total.confidence"])).toBe(0.95);
  });
});

test.each([
  [{ type: "string" }, "schema.properties"],
  [{ type: "object", properties: {} }, "1 to 200 fields"],
  [{ type: "object", properties: { a: { type: "object" } } }, "schema.properties.a.type"],
  [{ type: "object", properties: { a: { type: "string", pattern: "(a+)+$" } } }, "schema.properties.a.pattern"],
])("the schema %j is refused by its part", (schema, message) => {
  expect(() => readExtractSchema(schema)).toThrow(message);
});

describe("what is kept", async () => {
  const home = await mkdtemp(join(tmpdir(), "loam-kept-"));
  const store = await openStore({ home });
  const embed = {
    id: "none",
    countTokens: (text: string) => Math.ceil(text.length / 4),
    embed: async (texts: readonly string[]) => texts.map(() => new Float32Array([1])),
  } as never;
  const library = await openLibrary({ store, models: { embed } });
  const extractions = openExtractions({ store, library });
  afterAll(async () => {
    await library.close();
    await store.close();
    await rm(home, { recursive: true, force: true });
  });
  const texts = [
    "Invoice number: A-1\nTotal: 10.00\n",
    "Invoice number: A-2\nAmount: 20.00 of 30.00\n",
    "Nothing here.\n",
  ];
  const added = await Promise.all(
    texts.map((text, i) => library.add({ name: `${i}.txt`, bytes: new TextEncoder().encode(text) })),
  );
  const ids = added.map(({ id }) => id);
  const schema = { type: "object", properties: { invoiceNumber: { type: "string" }, total: { type: "number" } } };

  test("broken off after a document, it goes on with the next, and reads none twice", async () => {
    const { id } = await extractions.start({ schema, documents: ids });
    const stop = new AbortController();
    const halfway = extractions.run(id, {
      signal: stop.signal,
      onProgress: ({ done }) => done === 1 && stop.abort(new Error("pulled the plug")),
    });
    await expect(halfway).rejects.toThrow();
    const again = await extractions.start({ schema, documents: ids });
    expect(again).toMatchObject({ id, documentsDone: 1, finished: false });

    const read: string[] = [];
    const watched = Object.assign(Object.create(library), {
      extract: (schema: unknown, options: { documents: string[] }) => {
        read.push(...options.documents);
        return library.extract(schema, options);
      },
    });
    const done = await openExtractions({ store, library: watched }).run(id);
    expect(read).toEqual(ids.slice(1));
    expect(done.fields.map(({ name }) => name)).toEqual(["invoiceNumber", "total"]);
    expect(done).toMatchObject({ documentsDone: 3, rowCount: 3, finished: true });
    expect((await extractions.rows(id)).map(({ name, cells }) => [name, cells.invoiceNumber?.value])).toEqual([
      ["0.txt", "A-1"],
      ["1.txt", "A-2"],
      ["2.txt", undefined],
    ]);
    expect(await extractions.rows(id, { offset: 1, limit: 1 })).toHaveLength(1);
  });

  test("a person's cell stands over what was read, has its place, and goes into every file", async () => {
    const { id } = (await extractions.list())[0]!;
    const second = { document: ids[1]!, ordinal: 0 };
    const row = await extractions.review(id, second, { field: "total", value: 30 });
    expect(row).toMatchObject({ corrected: ["total"], reviewed: true });
    expect(row.cells.total).toMatchObject({
      value: 30,
      confidence: 1,
      source: "person",
      page: 1,
      quote: expect.stringContaining("30.00"),
    });
    await expect(extractions.review(id, second, { field: "total", value: "many" })).rejects.toThrow(
      /`value` is "many"; expected a number/,
    );
    await expect(extractions.review(id, second, { field: "sum", value: 1 })).rejects.toThrow(
      /one of invoiceNumber, total/,
    );
    await extractions.review(id, { document: ids[2]!, ordinal: 0 }, { field: "total", value: 7 });
    const emptied = await extractions.review(id, { document: ids[0]!, ordinal: 0 }, { field: "total", value: null });
    expect(emptied.cells.total).toBeUndefined();

    const rows = await extractions.rows(id);
    expect(rows[2]!.cells.total).toEqual({ value: 7, confidence: 1, source: "person" });
    const csv = new TextDecoder().decode(await writeRows(rows, readExtractSchema(schema), "csv"));
    expect(
      csv
        .split("\r\n")
        .slice(1, 4)
        .map((line) => line.split(",").slice(0, 3).join()),
    ).toEqual(["0.txt,A-1,", "1.txt,A-2,30", "2.txt,,7"]);
    const lines = await Array.fromAsync(trainingRows(library, await extractions.get(id), rows));
    expect(lines).toHaveLength(3);
    const [system, user, assistant] = JSON.parse(lines[1]!).messages;
    expect([system.role, user.content]).toEqual(["system", expect.stringContaining("Amount: 20.00 of 30.00")]);
    expect(JSON.parse(assistant.content)).toMatchObject({ invoiceNumber: { value: "A-2" }, total: { value: 30 } });

    const back = await extractions.review(id, { document: ids[0]!, ordinal: 0 }, { field: "total" });
    expect(back).toMatchObject({ corrected: [], cells: { total: { value: 10, source: "label" } } });
    await extractions.review(id, { document: ids[0]!, ordinal: 0 }, { reviewed: false });
    expect(
      await Array.fromAsync(trainingRows(library, await extractions.get(id), await extractions.rows(id))),
    ).toHaveLength(2);
  });

  test("asked again when it is finished it reads anew, and what was reviewed stays", async () => {
    const { id } = (await extractions.list())[0]!;
    const next = await extractions.start({ schema, documents: ids });
    expect(next.id).not.toBe(id);
    await extractions.run(next.id);
    const third = await extractions.start({ schema, documents: ids });
    await extractions.run(third.id);
    expect((await extractions.list()).map(({ id }) => id).sort()).toEqual([id, third.id].sort());
    await library.remove(ids[0]!);
    expect(await extractions.rows(id)).toHaveLength(2);
    await expect(extractions.start({ schema, documents: ["doc_none"] })).rejects.toMatchObject({ code: "not_found" });
    await extractions.remove(id);
    await expect(extractions.get(id)).rejects.toMatchObject({ code: "not_found" });
  });
});
