import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDocument, openPdf } from "@loam/pdf";
import JSZip from "jszip";
import mammoth from "mammoth";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writePdf } from "../../pdf/test/write-pdf.ts";
import { noteText, orderedReferences } from "../src/answer/export/citation-style.ts";
import { type Answer, type Citation, writeAnswer } from "../src/index.ts";

const folder = await mkdtemp(join(tmpdir(), "loam-answer-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const hostile = 'Rates rose <b>"5 & 6"</b> to 4.82 m² −3 %\u0007 =HYPERLINK("http://evil") $x^2$';
const bytes = await writePdf(
  [
    ["# Tides", "The highest tide was 4.82 metres."],
    ["# Figures", "Figure 1 shows it."],
  ],
  {
    title: "Tides & Gauges",
  },
);
const png = await sharp({ create: { width: 600, height: 300, channels: 3, background: "#2a6" } })
  .png()
  .toBuffer();

/** The parts of a library that a written answer reads, over one real PDF. */
async function libraryOf() {
  const file = await openDocument(bytes, { name: "tides.pdf" });
  const pages = [await file.readPage(1), await file.readPage(2)];
  file.close();
  const record = {
    id: "doc_1",
    name: "tides.pdf",
    title: "Tides & Gauges",
    kind: "pdf",
    author: "Ada B. Marsh and Bo Lind",
  };
  const figure = {
    ...{ id: "p2-f1", document: "doc_1", page: 2, kind: "drawing", box: [72, 200, 300, 320], label: "Figure 1" },
    ...{ caption: "Figure 1: Height <by> month 潮位", innerText: "Jan 3.1", mentions: [] },
  };
  return {
    document: async (id: string) => {
      if (id !== "doc_1") throw new Error("none such");
      return record;
    },
    page: async (_: string, number: number) => pages[number - 1],
    figures: async () => [figure],
    figureImage: async () => new Uint8Array(png),
  } as unknown as Parameters<typeof writeAnswer>[0];
}

const cite = (page: number, quote: string, more: Partial<Citation> = {}): Citation => ({
  ...{ document: "doc_1", page, box: [72, 100, 300, 115] as const, kind: "text" as const, quote },
  ...more,
});
const stands = cite(1, "The highest tide was 4.82 metres.");
const drawn = cite(2, "Figure 1: Height <by> month 潮位", { kind: "figure", figure: "p2-f1" });
const answer: Pick<Answer, "sentences" | "mode" | "model"> = {
  mode: "generated",
  model: "ollama:qwen",
  sentences: [
    { text: hostile, citations: [stands, drawn] },
    { text: "最高潮位为 4.82 米，见图一。", citations: [stands] },
    {
      text: "It rained.",
      citations: [cite(1, "It rained all year."), cite(1, "Gone.", { document: "doc_9" })],
      unsupported: { kind: "uncited" },
    },
  ],
};
const answered = { question: 'How high was "it" & where <i>?', answer, answeredAt: new Date("2031-05-06T07:08:09Z") };
const library = await libraryOf();
const written: { html: string; docx: Uint8Array; pdf: Uint8Array } = {
  html: "",
  docx: new Uint8Array(),
  pdf: new Uint8Array(),
};
beforeAll(async () => {
  written.html = new TextDecoder().decode(await writeAnswer(library, answered, { format: "html", style: "apa" }));
  written.docx = await writeAnswer(library, answered, { format: "docx", style: "apa" });
  written.pdf = await writeAnswer(library, answered, { format: "pdf", style: "gbt7714", language: "zh-CN" });
});

describe("one HTML file", () => {
  test("holds the answer, numbered notes that say what was verified, and the figure; nothing of it runs", () => {
    const { html } = written;
    expect(html).toContain("default-src 'none'; img-src data:; style-src 'sha256-");
    expect(html).not.toMatch(/<(?:script|b|by|link|iframe)\b|\son\w+=|href="(?!#)/);
    expect(html).toContain("&#60;b&#62;&#34;5 &#38; 6&#34;&#60;/b&#62; to 4.82 m² −3 %");
    expect(html).toMatch(
      /<li id="n1">\(Marsh &#38; Lind, n\.d\., p\. 1\): <q>“The highest tide was 4\.82 metres\.”<\/q> <span class="status">— verified/,
    );
    expect(html).toMatch(/“It rained all year\.”<\/q> <span class="status">— not found again on that page/);
    expect(html).toMatch(/“Gone\.”<\/q> <span class="status">— the document is no longer in the library/);
    expect(html).toContain("(not borne out: no evidence is given)");
    expect(html.match(/<img /g)).toHaveLength(1);
    const picture = /src="data:image\/png;base64,([^"]+)"/.exec(html)![1]!;
    expect(Buffer.from(picture, "base64").readUInt32BE(16)).toBe(600);
    expect(html).toContain("Marsh, A. B., &#38; Lind, B. (n.d.). <i>Tides &#38; Gauges</i> [PDF].");
  });
});

describe("a Word document", () => {
  test("is read by another program: text, footnotes, picture", async () => {
    const { value, messages } = await mammoth.convertToHtml({ buffer: Buffer.from(written.docx) });
    expect(messages.filter(({ type }) => type === "error")).toEqual([]);
    expect(value).toContain('Rates rose &lt;b&gt;"5 &amp; 6"&lt;/b&gt; to 4.82 m² −3 %');
    expect(value).toContain("最高潮位为 4.82 米");
    expect(value).toMatch(/footnote-1.*“The highest tide was 4\.82 metres\.” — verified: it stands there/s);
    expect(value.match(/<img /g)).toHaveLength(1);
  });

  test("its parts are well-formed and name each other", async () => {
    const zip = await JSZip.loadAsync(written.docx);
    const document = await zip.file("word/document.xml")!.async("string");
    const notes = await zip.file("word/footnotes.xml")!.async("string");
    const used = [...document.matchAll(/footnoteReference w:id="(\d+)"/g)].map(([, id]) => id);
    expect(used).toEqual(["1", "2", "3", "4"]);
    for (const id of used) expect(notes).toContain(`w:id="${id}"`);
    expect(Object.keys(zip.files)).toContain("word/media/figure1.png");
    expect(document + notes).not.toMatch(/\p{Cc}(?<![\n\t\r])/u);
  });

  test.runIf(process.env.LOAM_PYTHON)("python-docx opens it", async () => {
    const path = join(folder, "answer.docx");
    await writeFile(path, written.docx);
    const read =
      "import sys, docx; d = docx.Document(sys.argv[1]); print(d.paragraphs[0].style.name, len(d.inline_shapes))";
    expect(execFileSync(process.env.LOAM_PYTHON!, ["-c", read, path], { encoding: "utf8" })).toBe("Title 1\n");
  });
});

describe("a PDF", () => {
  test("is read back with its Chinese, its notes and its picture", async () => {
    if (process.env.LOAM_KEEP) await writeFile(process.env.LOAM_KEEP, written.pdf);
    const pdf = await openPdf(written.pdf);
    const [text] = await pdf.readText();
    const page = await pdf.readPage(1);
    pdf.close();
    const flat = text!.replace(/\s+/g, "");
    expect(flat).toContain('Ratesrose<b>"5&6"</b>to4.82m²–3%');
    expect(flat).toContain("最高潮位为4.82米，见图一。[1]");
    expect(flat).toContain(
      "[1]MARSHAB,LINDB.Tides&Gauges[Z/DK]:1[2031-05-06].“Thehighesttidewas4.82metres.”(已核对：原文在此)",
    );
    expect(page.figures.map(({ kind }) => kind)).toContain("image");
  });

  test("signs that no font of it has are named, with what to do instead", async () => {
    const thai = { ...answered, question: "ความสูง?" };
    await expect(writeAnswer(library, thai, { format: "pdf" })).rejects.toMatchObject({
      code: "no_font",
      message: expect.stringMatching(/“ค” \(U\+0E04\).*\.docx or \.html/),
    });
  });

  test("a long answer goes on over pages and loses no word", async () => {
    const sentences = Array.from({ length: 150 }, (_, i) => ({
      text: `Sentence ${i} ${"word ".repeat(30)}end${i}.`,
      citations: [],
    }));
    const long = { ...answered, answer: { ...answer, sentences } };
    const pdf = await openPdf(await writeAnswer(library, long, { format: "pdf" }));
    const text = (await pdf.readText()).join("\n");
    pdf.close();
    expect(pdf.info.pageCount).toBeGreaterThan(8);
    for (const i of [0, 70, 149]) expect(text).toContain(`end${i}.`);
  });
});

describe("citation styles", () => {
  const cited = (author: string | undefined, title: string, number = 1, kind = "pdf") => ({
    ...{
      number,
      id: `d${number}`,
      record: { name: `${title}.pdf`, title, kind: kind as "pdf", ...(author && { author }) },
    },
  });
  const english = { language: "en" as const, accessed: new Date("2031-05-06T00:00:00Z") };
  const flat = (runs: readonly { text: string }[]) => runs.map(({ text }) => text).join("");
  test.each([
    ["plain", "Ada Marsh", "Tides.pdf, pp. 3–4", "Tides (Tides.pdf)"],
    ["apa", "Ada B. Marsh", "(Marsh, n.d., pp. 3–4)", "Marsh, A. B. (n.d.). Tides [PDF]."],
    ["apa", undefined, "(Tides, n.d., pp. 3–4)", "Tides [PDF]. (n.d.)."],
    ["apa", "A. Ek; B. Lo; C. Um", "(Ek et al., n.d., pp. 3–4)", "Ek, A., Lo, B., & Um, C. (n.d.). Tides [PDF]."],
    ["apa", "张三，李四", "(张三 & 李四, n.d., pp. 3–4)", "张三, & 李四. (n.d.). Tides [PDF]."],
    ["gbt7714", "Marsh, Ada B.", "MARSH A B. Tides[Z/DK]: 3–4[2031-05-06].", "[1] MARSH A B. Tides[Z/DK][2031-05-06]."],
    [
      "gbt7714",
      "张三、李四、王五、赵六",
      "张三, 李四, 王五, 等. Tides[Z/DK]: 3–4[2031-05-06].",
      "[1] 张三, 李四, 王五, 等. Tides[Z/DK][2031-05-06].",
    ],
    ["gbt7714", undefined, "Tides[Z/DK]: 3–4[2031-05-06].", "[1] Tides[Z/DK][2031-05-06]."],
  ] as const)("%s, by %s", (style, author, note, reference) => {
    const document = cited(author, "Tides");
    expect(flat(noteText(style, document, { ...english, where: "pp. 3–4" }))).toBe(note);
    expect(orderedReferences(style, [document], english).map(flat)).toEqual([reference]);
  });

  test("APA's list is alphabetical, the numbered one is not", () => {
    const two = [cited("Zoe Ash", "Zinc"), cited(undefined, "Alloys", 2, "xlsx")];
    expect(orderedReferences("apa", two, english).map(flat)).toEqual([
      "Alloys [Workbook]. (n.d.).",
      "Ash, Z. (n.d.). Zinc [PDF].",
    ]);
    expect(orderedReferences("gbt7714", two, english).map(flat)[1]).toBe("[2] Alloys[DS/DK][2031-05-06].");
  });
});
