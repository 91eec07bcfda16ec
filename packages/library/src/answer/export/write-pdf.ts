import type { AnswerSheet, SheetFigure } from "./answer-sheet.ts";
import { type LaidLine, layRuns, type StyledRun } from "./lay-runs.ts";
import { type SheetFonts, sheetFonts } from "./pdf-fonts.ts";
import {
  beginText,
  endText,
  moveText,
  PDFDocument,
  type PDFPage,
  rgb,
  setFillingRgbColor,
  setFontAndSize,
  showText,
} from "./pdf-objects.ts";

/** A4 in points. */
const page = { width: 595.28, height: 841.89, margin: 68 };
const textWidth = page.width - 2 * page.margin;
const colours = { text: [0.1, 0.12, 0.1], muted: [0.36, 0.39, 0.35], doubt: [0.63, 0.24, 0.11] } as const;
type Colour = keyof typeof colours;

/** An answer as a PDF: the answer with numbered marks, the cited figures, then notes and references. */
export async function writePdf(sheet: AnswerSheet): Promise<Uint8Array> {
  const { words, question, said, sentences, nearest, notes, figures, references, language } = sheet;
  const pdf = await PDFDocument.create();
  pdf.setTitle(question, { showInWindowTitleBar: true });
  pdf.setLanguage(language);
  pdf.setCreator("Loam");
  const setter = new Setter(pdf, await sheetFonts(pdf));
  const heading = (text: string) =>
    setter.text([{ text, style: "bold" }], { size: 13, before: 16, after: 6, keep: 60 });
  const sentence = ({ text, notes: numbers, doubt }: AnswerSheet["sentences"][number]) =>
    setter.text(
      [
        { text },
        ...numbers.map((number): StyledRun => ({ text: `[${number}]`, raised: true })),
        ...(doubt ? [{ text: ` (${doubt})`, colour: "doubt" as const }] : []),
      ],
      { size: 11, after: 6 },
    );
  setter.text([{ text: question, style: "bold" }], { size: 18, after: 4 });
  setter.text([{ text: said }], { size: 9, after: 16, colour: "muted" });
  for (const one of sentences) sentence(one);
  if (nearest.length > 0) heading(words.headings.nearest);
  for (const one of nearest) sentence(one);
  if (figures.length > 0) heading(words.headings.figures);
  for (const figure of figures) await setter.figure(figure);
  if (notes.length > 0) heading(words.headings.notes);
  for (const { number, source, quote, status } of notes)
    setter.text(
      [
        { text: `[${number}] ` },
        ...source.map(({ text, italic }): StyledRun => ({ text, style: italic ? "italic" : "regular" })),
        { text: `${words.quoted(quote)} ` },
        { text: `(${status})`, colour: "muted" },
      ],
      { size: 9.5, after: 4 },
    );
  if (references.length > 0) heading(words.headings.references);
  for (const runs of references)
    setter.text(
      runs.map(({ text, italic }): StyledRun => ({ text, style: italic ? "italic" : "regular" })),
      { size: 9.5, after: 4 },
    );
  return await pdf.save();
}

/** Sets paragraphs and pictures one below the other, on as many pages as it takes. */
class Setter {
  readonly #pdf: PDFDocument;
  readonly #fonts: SheetFonts;
  #page: PDFPage;
  /** From the page's lower edge: everything above it is taken. */
  #y = page.height - page.margin;

  constructor(pdf: PDFDocument, fonts: SheetFonts) {
    this.#pdf = pdf;
    this.#fonts = fonts;
    this.#page = pdf.addPage([page.width, page.height]);
  }

  text(
    runs: readonly StyledRun[],
    {
      size,
      before = 0,
      after,
      keep = 0,
      colour = "text",
    }: { size: number; before?: number; after: number; keep?: number; colour?: Colour },
  ): void {
    this.#y -= before;
    const height = size * 1.45;
    this.#makeRoom(height + keep);
    for (const line of layRuns(runs, { fonts: this.#fonts, size, width: textWidth })) {
      this.#makeRoom(height);
      this.#y -= height;
      this.#draw(line, colour);
    }
    this.#y -= after;
  }

  async figure({ jpeg, widthPx, heightPx, title }: SheetFigure): Promise<void> {
    const image = await this.#pdf.embedJpg(jpeg);
    const scale = Math.min(textWidth / widthPx, 360 / heightPx, 72 / 150);
    const [width, height] = [widthPx * scale, heightPx * scale];
    this.#makeRoom(height + 40);
    this.#y -= height;
    const at = { x: page.margin, y: this.#y, width, height };
    this.#page.drawImage(image, at);
    this.#page.drawRectangle({ ...at, borderWidth: 0.5, borderColor: rgb(0.75, 0.75, 0.75) });
    this.#y -= 4;
    this.text([{ text: title }], { size: 9.5, after: 12 });
  }

  #makeRoom(height: number): void {
    if (this.#y - height >= page.margin) return;
    this.#page = this.#pdf.addPage([page.width, page.height]);
    this.#y = page.height - page.margin;
  }

  #draw(line: LaidLine, colour: Colour): void {
    let x = page.margin;
    for (const { text, font, size, raisedPt, width, colour: own } of line) {
      const [r, g, b] = colours[own ?? colour];
      this.#page.pushOperators(
        beginText(),
        setFillingRgbColor(r, g, b),
        setFontAndSize(this.#fonts.onPage(this.#page, font), size),
        moveText(x, this.#y + size * 0.25 + raisedPt),
        showText(font.encode(text)),
        endText(),
      );
      x += width;
    }
  }
}
