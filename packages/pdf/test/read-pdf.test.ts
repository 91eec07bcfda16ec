import { degrees, PDFDocument, rgb } from "pdf-lib";
import sharp from "sharp";
import { expect, test } from "vitest";
import type { Box, Page } from "../src/index.ts";
import { openPdf, openRecogniser } from "../src/index.ts";
import { drawBarChart, makePdf, prose, type Sheet, sheetHeight, sheetWidth } from "./make-pdf.ts";

async function readFirst(draw: (sheet: Sheet) => void): Promise<Page> {
  const pdf = await openPdf(await makePdf([draw]));
  const page = await pdf.readPage(1);
  pdf.close();
  return page;
}

const texts = (page: Page, kind: string) =>
  page.blocks.filter((block) => block.kind === kind).map((block) => block.text);

function expectInside(inner: Box, outer: Box, slack = 3): void {
  expect(inner[0]).toBeGreaterThanOrEqual(outer[0] - slack);
  expect(inner[1]).toBeGreaterThanOrEqual(outer[1] - slack);
  expect(inner[2]).toBeLessThanOrEqual(outer[2] + slack);
  expect(inner[3]).toBeLessThanOrEqual(outer[3] + slack);
}

test("two columns under a title are read one after the other", async () => {
  const page = await readFirst(({ write, font }) => {
    write(["A Paper About Reading Papers"], { x: 150, y: 70, size: 20, bold: true });
    write(["LEFTSTART begins here and the column"], { x: 60, y: 120 });
    write(prose(font, { seed: 1, lines: 20, width: 220 }), { x: 60, y: 132 });
    write(["RIGHTSTART begins here and the column"], { x: 310, y: 120 });
    write(prose(font, { seed: 9, lines: 20, width: 220 }), { x: 310, y: 132 });
  });
  expect(page.status).toBe("text");
  expect(page.blocks[0]).toMatchObject({ kind: "heading", level: 1, text: "A Paper About Reading Papers" });
  const text = page.blocks.map((block) => block.text).join("\n");
  const left = text.slice(text.indexOf("LEFTSTART"), text.indexOf("RIGHTSTART"));
  expect(left.split(/\s+/).length).toBeGreaterThan(100);
});

test("a drawn chart becomes a figure with its caption, its labels kept out of the text", async () => {
  const page = await readFirst((sheet) => {
    sheet.write(prose(sheet.font, { seed: 2, lines: 12, width: 460 }), { x: 60, y: 100 });
    drawBarChart(sheet, { x: 120, y: 300, width: 300, height: 160, values: [12, 30, 24, 41] });
    sheet.write(["Figure 1: Yield by region, in tonnes."], { x: 160, y: 500, size: 9 });
    sheet.write(prose(sheet.font, { seed: 5, lines: 12, width: 460 }), { x: 60, y: 540 });
  });
  expect(page.figures).toHaveLength(1);
  const figure = page.figures[0]!;
  expect(figure).toMatchObject({
    id: "p1-f1",
    kind: "drawing",
    label: "Figure 1",
    caption: "Figure 1: Yield by region, in tonnes.",
  });
  expectInside([120, 310, 420, 460], figure.box, 8);
  expectInside(figure.box, [95, 290, 435, 480], 6);
  expect(figure.innerText).toContain("R3");
  expect(page.blocks.some((block) => /\bR3\b/.test(block.text))).toBe(false);
  const picture = await sharp(figure.png).metadata();
  expect(picture.format).toBe("png");
  expect(picture.width).toBe(figure.widthPx);
  expect(figure.widthPx! / ((figure.box[2] - figure.box[0]) / 72)).toBeCloseTo(180, -1);
});

test("a ruled table comes back as rows", async () => {
  const rows = [
    ["Model", "Accuracy", "Time"],
    ["Small", "71.2", "3 s"],
    ["Large", "84.9", "11 s"],
  ];
  const page = await readFirst(({ page: paper, write, font }) => {
    write(prose(font, { seed: 2, lines: 8, width: 460 }), { x: 60, y: 80 });
    write(["Table 1: Accuracy and time."], { x: 200, y: 215, size: 9 });
    for (let i = 0; i <= 3; i++) {
      const y = sheetHeight - 230 - 20 * i;
      paper.drawLine({ start: { x: 150, y }, end: { x: 420, y }, thickness: 0.5 });
      const x = 150 + 90 * i;
      paper.drawLine({ start: { x, y: sheetHeight - 230 }, end: { x, y: sheetHeight - 290 }, thickness: 0.5 });
    }
    for (const [i, row] of rows.entries())
      for (const [j, cell] of row.entries()) write([cell], { x: 155 + 90 * j, y: 244 + 20 * i });
  });
  const table = page.blocks.find((block) => block.kind === "table");
  expect(table?.rows).toEqual(rows);
  expect(page.figures).toMatchObject([{ kind: "table", label: "Table 1", caption: "Table 1: Accuracy and time." }]);
  expectInside(table!.box, [150, 230, 420, 290]);
});

test("a table between three horizontal rules comes back as rows", async () => {
  const rows = [
    ["Method", "BLEU", "Params"],
    ["Baseline", "27.3", "65M"],
    ["Ours", "28.4", "213M"],
  ];
  const page = await readFirst(({ page: paper, write, font }) => {
    for (const y of [230, 248, 286])
      paper.drawLine({ start: { x: 150, y: sheetHeight - y }, end: { x: 420, y: sheetHeight - y }, thickness: 0.6 });
    for (const [i, row] of rows.entries())
      for (const [j, cell] of row.entries()) write([cell], { x: 155 + 100 * j, y: 243 + 18 * i });
    write(["Table 2. Translation quality."], { x: 200, y: 305, size: 9 });
    write(prose(font, { seed: 3, lines: 8, width: 460 }), { x: 60, y: 360 });
  });
  expect(page.blocks.find((block) => block.kind === "table")?.rows).toEqual(rows);
  expect(page.figures).toMatchObject([{ kind: "table", label: "Table 2" }]);
});

test("running heads and page numbers leave the text", async () => {
  const bytes = await makePdf(
    [1, 2, 3].map((n) => ({ write, font }: Sheet) => {
      write([`Annual Review, page ${n}`], { x: 60, y: 40, size: 9 });
      write(prose(font, { seed: n, lines: 30, width: 460 }), { x: 60, y: 100 });
      write([String(n)], { x: 290, y: 810, size: 9 });
    }),
  );
  const pdf = await openPdf(bytes);
  for (const n of [1, 2, 3]) {
    const page = await pdf.readPage(n);
    expect(texts(page, "header")).toEqual([`Annual Review, page ${n}`]);
    expect(texts(page, "footer")).toEqual([String(n)]);
  }
  pdf.close();
});

test.each([0, 90, 180, 270])("a page turned by %i° has its boxes where they are shown", async (angle) => {
  const bytes = await makePdf([
    ({ page, write }) => {
      write(["Top left words"], { x: 60, y: 60, size: 14 });
      page.setRotation(degrees(angle));
    },
  ]);
  const pdf = await openPdf(bytes);
  const page = await pdf.readPage(1);
  expect([page.widthPt, page.heightPt]).toEqual(
    angle % 180 === 0 ? [sheetWidth, sheetHeight] : [sheetHeight, sheetWidth],
  );
  const { box, text } = page.blocks[0]!;
  expect(text).toBe("Top left words");
  // The ink must be where the box says: the picture outside it is blank.
  const dpi = 72;
  const { png, widthPx, heightPx } = await pdf.renderPage(1, { dpi });
  const { data } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  let [x0, y0, x1, y1] = [widthPx, heightPx, 0, 0];
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++)
      if (data[y * widthPx + x]! < 128)
        [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x + 1), Math.max(y1, y + 1)];
  for (const [i, edge] of [x0, y0, x1, y1].entries()) expect(Math.abs(edge - box[i]!)).toBeLessThan(2.5);
  pdf.close();
});

test("a crop box moves the origin and hides what lies outside", async () => {
  const bytes = await makePdf([
    ({ page, write }) => {
      write(["Visible line"], { x: 160, y: 260, size: 12 });
      write(["Hidden line"], { x: 20, y: 30, size: 12 });
      page.setCropBox(100, 200, 400, 500);
    },
  ]);
  const pdf = await openPdf(bytes);
  const page = await pdf.readPage(1);
  expect([page.widthPt, page.heightPt]).toEqual([400, 500]);
  expect(page.blocks.map((block) => block.text)).toEqual(["Visible line"]);
  const [x0, , , y1] = page.blocks[0]!.box;
  expect(x0).toBeCloseTo(60, 0);
  expect(Math.abs(y1 - (260 - (sheetHeight - 700)))).toBeLessThan(3);
  pdf.close();
});

test("hyphenated lines are joined, and lists and headings are told apart", async () => {
  const page = await readFirst(({ write }) => {
    write(["2.1 Data"], { x: 60, y: 80, size: 12, bold: true });
    write(
      [
        "We collected a corpus of scientific docu-",
        "ments from several publishers, and cleaned it in",
        "three passes over the whole of the collection.",
      ],
      { x: 60, y: 104 },
    );
    write(["• The first item of the list is here.", "• The second item of the list is here."], { x: 70, y: 160 });
  });
  expect(page.blocks.map(({ kind, level, text }) => [kind, level, text])).toEqual([
    ["heading", 3, "2.1 Data"],
    [
      "paragraph",
      undefined,
      "We collected a corpus of scientific documents from several publishers, and cleaned it in three passes over the whole of the collection.",
    ],
    ["list", undefined, "• The first item of the list is here."],
    ["list", undefined, "• The second item of the list is here."],
  ]);
});

test("a scanned page is recognised when a recogniser is given, and said to be empty without", async () => {
  const printed = await openPdf(
    await makePdf([({ write }) => write(["Recognised from the picture"], { x: 80, y: 200, size: 22 })]),
  );
  const { png } = await printed.renderPage(1, { dpi: 150 });
  const truth = (await printed.readPage(1)).blocks[0]!.box;
  const pdf = await PDFDocument.create();
  pdf
    .addPage([sheetWidth, sheetHeight])
    .drawImage(await pdf.embedPng(png), { x: 0, y: 0, width: sheetWidth, height: sheetHeight });
  const scan = await openPdf(await pdf.save());
  expect(await scan.readPage(1)).toMatchObject({
    status: "empty",
    reason: expect.stringContaining("no recogniser was given"),
  });
  const recogniser = await openRecogniser();
  const read = await scan.readPage(1, { recogniser });
  await recogniser.close();
  expect(read.status).toBe("ocr");
  expect(read.blocks.map(({ text }) => text)).toEqual(["Recognised from the picture"]);
  for (const [i, edge] of truth.entries()) expect(Math.abs(read.blocks[0]!.box[i]! - edge)).toBeLessThan(8);
  printed.close();
  scan.close();
});

test("a huge page is drawn smaller, and a box of a page as asked", async () => {
  const pdf = await PDFDocument.create();
  pdf.addPage([14_000, 14_000]).drawRectangle({ x: 0, y: 0, width: 7_000, height: 14_000, color: rgb(1, 0, 0) });
  const document = await openPdf(await pdf.save());
  const whole = await document.renderPage(1, { dpi: 300 });
  expect(whole.widthPx * whole.heightPx).toBeLessThanOrEqual(36_100_000);
  const part = await document.renderPage(1, { dpi: 72, box: [6_900, 0, 7_100, 100] });
  expect([part.widthPx, part.heightPx]).toEqual([200, 100]);
  const { data } = await sharp(part.png).raw().toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([255, 0, 0]);
  expect([...data.subarray(3 * 199, 3 * 200)]).toEqual([255, 255, 255]);
  document.close();
});

test("the titles of both axes belong to the chart, however far from its frame the numbers push them", async () => {
  const page = await readFirst((sheet) => {
    sheet.write(prose(sheet.font, { seed: 2, lines: 12, width: 460 }), { x: 60, y: 100 });
    drawBarChart(sheet, { x: 120, y: 300, width: 300, height: 160, values: [12, 30, 24, 41] });
    sheet.write(["Region of harvest"], { x: 230, y: 490, size: 8 });
    sheet.write(["Figure 1: Yield by region, in tonnes."], { x: 160, y: 520, size: 9 });
    sheet.write(prose(sheet.font, { seed: 5, lines: 12, width: 460 }), { x: 60, y: 560 });
  });
  expect(page.figures[0]!.innerText).toContain("Region of harvest");
  expect(page.blocks.some((block) => block.text.includes("Region of harvest"))).toBe(false);
});
