import { PDFDocument, type PDFImage } from "pdf-lib";
import { drawBars, drawLines } from "./charts.ts";
import { abstract, abstractZh, byline, chinese, english, type Item, title, titleZh } from "./content.ts";
import { embedFonts, type Fonts } from "./fonts.ts";
import { questions } from "./questions.ts";
import type { Rasters } from "./rasters.ts";
import { clay, grey, ink, moss, type PaperBox, soil, straw, type TextStyle, Typesetter } from "./typesetter.ts";

/** A4 in points. */
const page = { width: 595.28, height: 841.89, margin: 54, top: 68, bottom: 782, gutter: 22 };
const columnWidth = (page.width - 2 * page.margin - page.gutter) / 2;

const body: TextStyle = { font: "serif", sizePt: 9.8, leadingPt: 13.6 };
const bodyChinese: TextStyle = { font: "serif", sizePt: 10.2, leadingPt: 17.5 };
const note: TextStyle = { font: "sans", sizePt: 9, leadingPt: 12.6, color: grey, align: "left" };
const captionStyle: TextStyle = { font: "sans", sizePt: 8.4, leadingPt: 11.2, color: soil, align: "left" };

export interface Question {
  question: string;
  answer: string;
  /** 1-based. */
  page: number;
  /** Points, origin top left. */
  box: PaperBox;
  kind: "text" | "figure" | "table";
}

interface Placed {
  page: number;
  box: PaperBox;
}

/** The sample paper and its questions. The same rasters give the same bytes. */
export async function buildSamplePaper(rasters: Rasters): Promise<{ pdf: Uint8Array; questions: Question[] }> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  pdf.setTitle("Who Keeps the Water? Soil moisture and earthworms in a two-season garden trial (sample paper)");
  pdf.setAuthor("The Loam project");
  pdf.setSubject("A sample paper with invented data");
  pdf.setLanguage("en");
  pdf.setCreationDate(new Date(0));
  pdf.setModificationDate(new Date(0));
  pdf.setProducer("pdf-lib");
  pdf.setCreator("Loam, scripts/make-sample-paper.ts");
  const paper = new Paper(pdf, await embedFonts(pdf), await pdf.embedJpg(rasters.photo));
  paper.titlePage();
  paper.flow(english, body);
  paper.flow(chinese, bodyChinese);
  paper.scannedPage(await pdf.embedJpg(rasters.scan));
  const bytes = await pdf.save({ useObjectStreams: true, addDefaultPage: false });
  return {
    pdf: bytes,
    questions: questions.map(({ at, question, answer, kind }) => ({ question, answer, ...paper.placed(at), kind })),
  };
}

class Paper {
  readonly #pdf: PDFDocument;
  readonly #fonts: Fonts;
  readonly #photo: PDFImage;
  readonly #placed = new Map<string, Placed>();
  #set!: Typesetter;
  #number = 0;
  #column: 0 | 1 = 0;
  #columnTop = page.top;
  #y = page.top;

  constructor(pdf: PDFDocument, fonts: Fonts, photo: PDFImage) {
    this.#pdf = pdf;
    this.#fonts = fonts;
    this.#photo = photo;
  }

  placed(id: string): Placed {
    const found = this.#placed.get(id);
    if (!found) throw new Error(`no passage of the sample paper is called "${id}"`);
    return { page: found.page, box: found.box.map((v) => Math.round(v * 10) / 10) as PaperBox };
  }

  newPage(): void {
    this.#set = new Typesetter(this.#pdf.addPage([page.width, page.height]), this.#fonts);
    this.#number++;
    this.#column = 0;
    this.#columnTop = this.#y = page.top;
    if (this.#number > 1) {
      const y = 44;
      this.#set.line("Who Keeps the Water?", { x: page.margin, y, font: "serifItalic", sizePt: 8.5, color: grey });
      this.#set.line("Loam sample paper · 示例论文", {
        x: page.width - page.margin,
        y,
        font: "sans",
        sizePt: 8,
        color: grey,
        align: "right",
      });
      this.#rule(page.margin, page.width - page.margin, y + 7, 0.4);
    }
    this.#set.line(String(this.#number), {
      x: page.width / 2,
      y: 812,
      font: "sans",
      sizePt: 8.5,
      color: grey,
      align: "center",
    });
  }

  titlePage(): void {
    this.newPage();
    const width = page.width - 2 * page.margin;
    const x = page.margin;
    const height = page.height;
    this.#set.page.drawRectangle({ x, y: height - 62, width: 34, height: 4, color: clay });
    this.#set.page.drawRectangle({ x: x + 36, y: height - 62, width: 34, height: 4, color: moss });
    this.#set.page.drawRectangle({ x: x + 72, y: height - 62, width: 34, height: 4, color: soil });
    this.#set.line(title[0]!, { x, y: 102, font: "serifBold", sizePt: 29, color: soil });
    this.#set.line(title[1]!, { x, y: 124, font: "serifItalic", sizePt: 14.5, color: ink });
    this.#set.line(titleZh, { x, y: 147, font: "serif", sizePt: 12.5, color: ink });
    this.#set.line(byline, { x, y: 168, font: "sans", sizePt: 8.8, color: grey });
    const pad = 14;
    const styles = { en: { ...body, sizePt: 9.6, leadingPt: 13.2 }, zh: { ...body, sizePt: 9.6, leadingPt: 15.5 } };
    const inner = width - 2 * pad - 62;
    const enHeight = this.#set.measure(abstract, inner, styles.en);
    const zhHeight = this.#set.measure(abstractZh, inner, styles.zh);
    const top = 182;
    const bottom = top + 2 * pad + enHeight + 9 + zhHeight;
    this.#set.page.drawRectangle({ x, y: height - bottom, width, height: bottom - top, color: straw, opacity: 0.55 });
    this.#set.line("Abstract", { x: x + pad, y: top + pad + 9, font: "sansBold", sizePt: 9, color: soil });
    this.#set.paragraph(abstract, { x: x + pad + 62, y: top + pad, widthPt: inner }, styles.en);
    const zhTop = top + pad + enHeight + 9;
    this.#set.line("摘要", { x: x + pad, y: zhTop + 9, font: "sansBold", sizePt: 9.5, color: soil });
    this.#set.paragraph(abstractZh, { x: x + pad + 62, y: zhTop, widthPt: inner }, styles.zh);
    this.#columnTop = this.#y = bottom + 20;
  }

  flow(items: readonly Item[], style: TextStyle): void {
    items.forEach((item, i) => {
      if (item.kind === "column") this.#nextColumn();
      else if (item.kind === "heading") this.#heading(item.text, this.#headingNeeds(items[i + 1]));
      else if (item.kind === "paragraph") this.#paragraph(item, item.note ? note : style);
      else if (item.kind === "figure") this.#figure(item);
      else this.#table(item);
    });
  }

  /** A page that is nothing but a picture. */
  scannedPage(scan: PDFImage): void {
    this.#pdf
      .addPage([page.width, page.height])
      .drawImage(scan, { x: 0, y: 0, width: page.width, height: page.height });
    this.#number++;
    this.#placed.set("notebook", { page: this.#number, box: [0, 0, page.width, page.height] });
  }

  get #x(): number {
    return page.margin + this.#column * (columnWidth + page.gutter);
  }

  #nextColumn(): void {
    if (this.#column === 1) {
      this.newPage();
    } else {
      this.#column = 1;
      this.#y = this.#columnTop;
    }
  }

  /** Moves on when less than `heightPt` is left in the column. */
  #room(heightPt: number): void {
    if (this.#y + heightPt > page.bottom) this.#nextColumn();
  }

  #headingNeeds(next: Item | undefined): number {
    return next?.kind === "paragraph" ? 24 + 3 * body.leadingPt : 24;
  }

  #heading(text: string, needsPt: number): void {
    this.#room(needsPt);
    if (this.#y > this.#columnTop) this.#y += 7;
    this.#set.line(text, { x: this.#x, y: this.#y + 11, font: "sansBold", sizePt: 11.5, color: soil });
    this.#y += 20;
  }

  /** A passage that a question refers to stays in one piece; others may go on in the next column. */
  #paragraph({ text, id }: { text: string; id?: string }, style: TextStyle): void {
    const rows = Math.round(this.#set.measure(text, columnWidth, style) / style.leadingPt);
    const fitting = Math.floor((page.bottom - this.#y) / style.leadingPt);
    const splits = id === undefined && fitting < rows && fitting >= 2 && rows - fitting >= 2;
    if (splits) {
      this.#set.paragraph(text, { x: this.#x, y: this.#y, widthPt: columnWidth }, style, { to: fitting });
      this.#nextColumn();
    } else this.#room(rows * style.leadingPt);
    const at = { x: this.#x, y: this.#y, widthPt: columnWidth };
    const box = this.#set.paragraph(text, at, style, { from: splits ? fitting : 0 });
    if (id) this.#placed.set(id, { page: this.#number, box });
    this.#y = box[3] + 5.5;
  }

  #figure({ id, heightPt, caption }: Extract<Item, { kind: "figure" }>): void {
    const captionHeight = this.#set.measure(caption, columnWidth, captionStyle);
    this.#room(heightPt + captionHeight + 18);
    if (this.#y > this.#columnTop) this.#y += 6;
    const box: PaperBox = [this.#x, this.#y, this.#x + columnWidth, this.#y + heightPt];
    if (id === "photo")
      this.#set.page.drawImage(this.#photo, {
        x: box[0],
        y: page.height - box[3],
        width: columnWidth,
        height: heightPt,
      });
    else if (id === "bars") drawBars(this.#set, box);
    else drawLines(this.#set, box);
    this.#placed.set(id, { page: this.#number, box });
    this.#y = box[3] + 6;
    this.#y = this.#set.paragraph(caption, { x: this.#x, y: this.#y, widthPt: columnWidth }, captionStyle)[3] + 11;
  }

  #table({ id, caption, rows, widths }: Extract<Item, { kind: "table" }>): void {
    const rowHeight = 15.5;
    const captionHeight = this.#set.measure(caption, columnWidth, captionStyle);
    this.#room(captionHeight + rows.length * rowHeight + 20);
    if (this.#y > this.#columnTop) this.#y += 5;
    this.#y = this.#set.paragraph(caption, { x: this.#x, y: this.#y, widthPt: columnWidth }, captionStyle)[3] + 4;
    const top = this.#y;
    this.#rule(this.#x, this.#x + columnWidth, top, 0.9);
    rows.forEach((row, i) => {
      const baseline = this.#y + 10.8;
      let x = this.#x;
      row.forEach((cell, j) => {
        const width = widths[j]! * columnWidth;
        const left = j < 2;
        this.#set.line(cell, {
          x: left ? x + 2 : x + width - 4,
          y: baseline,
          font: i === 0 ? "sansBold" : "sans",
          sizePt: 8.4,
          align: left ? "left" : "right",
        });
        x += width;
      });
      this.#y += rowHeight;
      if (i === 0) this.#rule(this.#x, this.#x + columnWidth, this.#y, 0.5);
    });
    this.#rule(this.#x, this.#x + columnWidth, this.#y, 0.9);
    this.#placed.set(id, { page: this.#number, box: [this.#x, top, this.#x + columnWidth, this.#y] });
    this.#y += 12;
  }

  #rule(x0: number, x1: number, y: number, thickness: number): void {
    this.#set.page.drawLine({
      start: { x: x0, y: page.height - y },
      end: { x: x1, y: page.height - y },
      thickness,
      color: grey,
    });
  }
}
