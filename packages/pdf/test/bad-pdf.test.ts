import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PDFDocument, PDFName } from "pdf-lib";
import { expect, test } from "vitest";
import { openPdf, openPdfFile } from "../src/index.ts";
import { makeLongPaper, makePdf } from "./make-pdf.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

test("an empty file is refused by name", async () => {
  await expect(openPdf(new Uint8Array(0), { name: "nothing.pdf" })).rejects.toMatchObject({
    code: "empty_file",
    message: "nothing.pdf: the file is empty (0 bytes). Get the file again.",
  });
});

test("what is no PDF is said to be none, with its first characters", async () => {
  await expect(openPdf(ascii("<html><body>Not found</body></html>"), { name: "page.pdf" })).rejects.toMatchObject({
    code: "not_a_pdf",
    message: expect.stringContaining('it begins with "<html><body>"'),
  });
});

test("a truncated PDF ends in text or in a clear error", async () => {
  const bytes = await makeLongPaper(3);
  for (const share of [0.1, 0.5, 0.9]) {
    const outcome = await openPdf(bytes.slice(0, share * bytes.length)).then(
      async (pdf) => (await pdf.readPage(1)).status,
      (error) => error.code,
    );
    expect(["text", "failed", "empty", "damaged_pdf", "no_pages"]).toContain(outcome);
  }
});

test("a PDF without pages is refused", async () => {
  const bytes = ascii(
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
  );
  await expect(openPdf(bytes)).rejects.toMatchObject({ code: expect.stringMatching(/^(no_pages|damaged_pdf)$/) });
});

test("a file of 2 GiB is refused before it is read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loam-pdf-"));
  const path = join(folder, "huge.pdf");
  const file = openSync(path, "w");
  ftruncateSync(file, 2 ** 31); // sparse: takes no room
  closeSync(file);
  const before = performance.now();
  await expect(openPdfFile(path)).rejects.toMatchObject({
    code: "file_too_large",
    message: expect.stringContaining("huge.pdf: 2.00 GiB"),
  });
  expect(performance.now() - before).toBeLessThan(1000);
  rmSync(folder, { recursive: true });
});

test("a page that takes too long fails alone; the pages after it are read", async () => {
  const slow = await makePdf([
    ({ page, write }) => {
      write(["Slow page"], { x: 60, y: 60 });
      const operators = "0 0 m 100 900 l 300 20 900 800 200 300 c S\n".repeat(400_000);
      const stream = page.doc.context.flateStream(operators);
      page.node.addContentStream(page.doc.context.register(stream));
    },
    ({ write }) => write(["Quick page"], { x: 60, y: 60 }),
  ]);
  const pdf = await openPdf(slow, { timeoutMs: 150 }).catch((error) => error);
  const first = await pdf.readPage(1);
  expect(first).toMatchObject({ status: "failed", reason: expect.stringContaining("longer than 0.15 s") });
  pdf.close();
  const again = await openPdf(slow);
  expect((await again.readPage(2)).blocks.map(({ text }) => text)).toEqual(["Quick page"]);
  again.close();
});

test("a page number that does not exist is named with those that do", async () => {
  const pdf = await openPdf(await makePdf([() => {}]), { name: "one.pdf" });
  await expect(pdf.readPage(2)).rejects.toThrow("`pageNumber` is 2; expected a page of one.pdf, 1 to 1.");
  expect(await pdf.readPage(1)).toMatchObject({ status: "empty", reason: "the page has no text and no picture" });
  pdf.close();
});

test("a form that contains itself does not loop", async () => {
  const document = await PDFDocument.create();
  const page = document.addPage([200, 200]);
  const form = document.context.stream("q /F Do Q", { Type: "XObject", Subtype: "Form", BBox: [0, 0, 200, 200] });
  const reference = document.context.register(form);
  form.dict.set(PDFName.of("Resources"), document.context.obj({ XObject: { F: reference } }));
  page.node.setXObject(PDFName.of("F"), reference);
  page.node.addContentStream(document.context.register(document.context.stream("q /F Do Q")));
  const pdf = await openPdf(await document.save());
  expect(["text", "empty", "failed"]).toContain((await pdf.readPage(1)).status);
  pdf.close();
});
