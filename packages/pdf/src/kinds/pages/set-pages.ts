import type { Box, Figure, Line, Page, Place } from "../../document.ts";
import { captionLabel } from "../../pdf/lines/label.ts";
import type { FlowLine, FlowNode, FlowSection } from "../read/flow.ts";
import { textWidth, wrapText } from "./measure-text.ts";
import { columnWidths, setRow, tableSize } from "./set-table.ts";

/** A page and how it is drawn. */
export interface SetPage {
  page: Page;
  texts: { text: string; x: number; baseline: number; size: number; weight?: "bold"; mono?: true }[];
  /** Lines under rows and around tables. */
  rules: Box[];
  /** The picture of the figure with the same id. */
  pictures: { figure: string; box: Box; bytes: Uint8Array }[];
}

const margin = 56;
const paper = { width: 595, height: 842 };
const widestPage = 2400;
const bodySize = 10.5;
const leading = 1.35;
const headingSizes = [18, 15, 13, 11.5, 11, 11];
const pictureHeight = 300;
/** More pages than a document of words has. */
export const maxPages = 20_000;

/** Sets sections on pages: every line and row gets a box, so that a quote can be pointed at. */
export function setPages(sections: readonly FlowSection[]): SetPage[] {
  const setter = new Setter();
  for (const section of sections) {
    if (setter.isFull) break;
    setter.section(section);
  }
  return setter.pages;
}

interface TableOnPages {
  rows: string[][];
  places?: Place[];
  widths: number[];
  /** The first row that is on no page yet. */
  from: number;
}

class Setter {
  readonly pages: SetPage[] = [];
  #y = margin;
  #width = paper.width;
  #label: string | undefined;

  get isFull(): boolean {
    return this.pages.length > maxPages;
  }

  section({ label, nodes, hiddenText }: FlowSection): void {
    this.#label = label;
    const widths = nodes.map((node) => (node.kind === "table" ? total(columnWidths(node.rows)) : 0));
    this.#width = Math.min(widestPage, Math.max(paper.width, ...widths.map((width) => width + 2 * margin)));
    this.#newPage();
    if (hiddenText) this.#page.page.hiddenText = hiddenText;
    for (const node of nodes) {
      if (this.isFull) return;
      this.#node(node);
    }
  }

  get #page(): SetPage {
    return this.pages.at(-1)!;
  }

  get #room(): number {
    return paper.height - margin - this.#y;
  }

  #newPage(): void {
    const number = this.pages.length + 1;
    this.pages.push({
      page: {
        number,
        ...(this.#label && { label: this.#label.slice(0, 200) }),
        widthPt: this.#width,
        heightPt: paper.height,
        status: "text",
        blocks: [],
        figures: [],
      },
      texts: [],
      rules: [],
      pictures: [],
    });
    this.#y = margin;
  }

  #node(node: FlowNode): void {
    if (node.kind === "heading") {
      const size = headingSizes[node.level - 1] ?? bodySize;
      this.#y += this.#y > margin ? size * 0.6 : 0;
      if (this.#room < size * 5) this.#newPage();
      this.#lines("heading", [{ text: node.text, place: node.place }], { size, level: node.level });
    } else if (node.kind === "table") this.#table(node);
    else if (node.kind === "picture") this.#picture(node);
    else if (node.kind === "lines")
      for (const line of node.lines)
        this.#lines("paragraph", [line], { size: bodySize - 1, mono: node.mono, after: 1 });
    else this.#lines(node.kind, node.lines, { size: bodySize });
    this.#y += node.kind === "lines" ? 6 : 0;
  }

  /** A block of text. One that the page has no room for goes to the next; one that no page has room for is cut. */
  #lines(
    kind: "heading" | "paragraph" | "list",
    lines: readonly FlowLine[],
    { size, level, mono = false, after = 6 }: { size: number; level?: number; mono?: boolean; after?: number },
  ): void {
    const height = size * leading;
    const width = this.#width - 2 * margin;
    let set: { text: string; place?: Place }[] = lines.flatMap(({ text, place }) =>
      wrapText(text, size, Math.min(width, 700), { mono }).map((part) => ({ text: part, place })),
    );
    const all = set.length;
    const perPage = Math.floor((paper.height - 2 * margin) / height);
    if (set.length * height > this.#room && this.#y > margin && set.length <= perPage / 2) this.#newPage();
    const whole = joinLines(lines.map(({ text }) => text));
    while (set.length > 0) {
      const fitting = Math.max(1, Math.floor(this.#room / height));
      const part = set.slice(0, fitting);
      const text = part.length === set.length && set.length === all ? whole : joinLines(part.map((line) => line.text));
      this.#block(kind, part, { text, size, level, mono, height });
      set = set.slice(fitting);
      if (set.length > 0) this.#newPage();
    }
    this.#y += after;
  }

  #block(
    kind: "heading" | "paragraph" | "list",
    set: readonly { text: string; place?: Place }[],
    { text, size, level, mono, height }: { text: string; size: number; level?: number; mono: boolean; height: number },
  ): void {
    const placed = set.map(({ text: line, place }, i): Line => {
      const top = this.#y + i * height;
      const right = Math.min(this.#width - 4, margin + textWidth(line, size, { mono }));
      this.#page.texts.push({
        text: line,
        x: margin,
        baseline: round(top + size),
        size,
        ...(kind === "heading" && { weight: "bold" as const }),
        ...(mono && { mono: true as const }),
      });
      return {
        text: line,
        box: [margin, round(top), round(Math.max(margin + 4, right)), round(top + height)],
        ...(place && { place }),
      };
    });
    this.#y += set.length * height;
    this.#page.page.blocks.push({
      kind,
      text,
      box: around(placed.map(({ box }) => box)),
      lines: placed,
      ...(level && { level }),
    });
  }

  #table({ rows, places, caption }: FlowNode & { kind: "table" }): void {
    if (rows.length === 0) return;
    if (caption) this.#lines("paragraph", [{ text: caption, place: places?.[0] }], { size: bodySize, after: 2 });
    const captionBox = caption ? this.#page.page.blocks.pop()!.box : undefined;
    const widths = this.#fitted(columnWidths(rows));
    const header = setRow(rows[0]!, widths);
    let from = 0;
    while (from < rows.length) {
      const page = this.pages.length;
      if (this.#room < header.height + 30 && this.#y > margin) this.#newPage();
      from = this.#tablePart({ rows, places, widths, from });
      if (caption) this.#tableFigure(caption, page === this.pages.length ? captionBox : undefined);
      if (from < rows.length) this.#newPage();
      if (this.isFull) return;
    }
    this.#y += 10;
  }

  /** Rows from `from` on, as many as there is room for, under their header. @returns the first row that is left. */
  #tablePart({ rows, places, widths, from }: TableOnPages): number {
    const right = round(margin + total(widths));
    const shown: number[] = [];
    const lines: Line[] = [];
    const add = (index: number, { height, texts }: ReturnType<typeof setRow>) => {
      const top = round(this.#y);
      for (const { text, x, baseline } of texts) {
        const at = { x: round(margin + x), baseline: round(top + baseline) };
        this.#page.texts.push({ text, ...at, size: tableSize, ...(index === 0 && { weight: "bold" as const }) });
      }
      const box: Box = [margin, top, right, round(top + height)];
      const place = places?.[index];
      lines.push({ text: rows[index]!.join(" | "), box, ...(place && { place }) });
      this.#page.rules.push([margin, box[3], right, box[3]]);
      this.#y += height;
      shown.push(index);
    };
    if (from > 0) add(0, setRow(rows[0]!, widths));
    let next = from;
    for (; next < rows.length; next++) {
      const row = setRow(rows[next]!, widths);
      if (row.height > this.#room && next > from) break;
      add(next, row);
    }
    this.#page.page.blocks.push({
      kind: "table",
      text: lines.map(({ text }) => text).join("\n"),
      box: around(lines.map(({ box }) => box)),
      lines,
      rows: shown.map((index) => rows[index]!),
      ...(from > 0 && { continues: true }),
    });
    return next;
  }

  #tableFigure(caption: string, captionBox: Box | undefined): void {
    const { box } = this.#page.page.blocks.at(-1)!;
    this.#page.page.figures.push(this.#figure("table", box, caption, captionBox));
  }

  /** Columns that are wider than the page has room for are narrowed in proportion. */
  #fitted(widths: number[]): number[] {
    const room = this.#width - 2 * margin;
    const sum = total(widths);
    return sum <= room ? widths : widths.map((width) => Math.max(14, (width * room) / sum));
  }

  #picture({ bytes, caption }: FlowNode & { kind: "picture" }): void {
    if (this.#room < pictureHeight + 30) this.#newPage();
    const box: Box = [margin, round(this.#y), this.#width - margin, round(this.#y + pictureHeight)];
    this.#y += pictureHeight + 6;
    let captionBox: Box | undefined;
    if (caption) {
      this.#lines("paragraph", [{ text: caption }], { size: bodySize - 1 });
      const block = this.#page.page.blocks.at(-1)!;
      captionBox = block.box;
      block.kind = "caption";
    }
    const figure = this.#figure("image", box, caption, captionBox);
    this.#page.page.figures.push(figure);
    this.#page.pictures.push({ figure: figure.id, box, bytes });
  }

  #figure(kind: Figure["kind"], box: Box, caption?: string, captionBox?: Box): Figure {
    const { number, figures } = this.#page.page;
    const label = caption ? captionLabel(caption)?.text : undefined;
    return {
      id: `p${number}-f${figures.length + 1}`,
      page: number,
      kind,
      box,
      ...(label && { label }),
      ...(caption && { caption }),
      ...(captionBox && { captionBox }),
      mentions: [],
      innerText: "",
    };
  }
}

/** Lines that were broken to fit are one text again; Chinese is joined without a space. */
function joinLines(lines: readonly string[]): string {
  return lines.reduce((text, line) => {
    if (text === "") return line;
    const glue =
      /[\p{Script=Han}，。；：、！？]$/u.test(text) && /^[\p{Script=Han}，。；：、！？]/u.test(line) ? "" : " ";
    return text + glue + line;
  }, "");
}

function around(boxes: readonly Box[]): Box {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0);
}

function round(points: number): number {
  return Math.round(points * 100) / 100;
}
