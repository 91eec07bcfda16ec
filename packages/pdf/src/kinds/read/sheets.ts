import { textContent } from "domutils";
import { Parser } from "htmlparser2";
import type { Place } from "../../document.ts";
import type { Flow, FlowNode, FlowSection } from "./flow.ts";
import { unpacked } from "./measure.ts";
import { cellText, numberFormats } from "./sheet-formats.ts";
import { coreProperties, elementsNamed, parseXml, relationships } from "./xml.ts";

/** Rows of empty cells in between make two tables of one sheet. */
const maxCells = 1_000_000;
const maxColumns = 1000;

/** A workbook: each sheet a section, its filled cells as tables, numbers as they are shown. */
export async function readSheets(name: string, bytes: Uint8Array): Promise<Flow> {
  const entries = await unpacked(name, bytes);
  const book = "xl/workbook.xml";
  const links = relationships(entries, book);
  const document = parseXml(entries.get(book));
  const strings = elementsNamed(parseXml(entries.get("xl/sharedStrings.xml")), "si").map((item) =>
    elementsNamed(item, "t")
      .filter(({ parent }) => !(parent && "name" in parent && /(?:^|:)rPh$/.test(parent.name)))
      .map((part) => textContent(part))
      .join(""),
  );
  const formats = numberFormats(parseXml(entries.get("xl/styles.xml")));
  const from1904 = elementsNamed(document, "workbookPr")[0]?.attribs.date1904 === "1";
  const counted = { cells: 0 };
  const sections: FlowSection[] = [];
  let hiddenText = "";
  for (const { attribs } of elementsNamed(document, "sheet")) {
    const part = links.get(attribs["r:id"] ?? "");
    const sheet = attribs.name ?? "";
    const xml = part === undefined ? undefined : entries.get(part);
    if (!xml) continue;
    const read = rowsOf(xml, { strings, formats, from1904, counted });
    if (attribs.state && attribs.state !== "visible") hiddenText ||= `sheet ${sheet}: ${read.rows.flat().join(" ")}`;
    else sections.push({ label: sheet, nodes: tables(sheet, read) });
  }
  if (hiddenText && sections[0]) sections[0].hiddenText = hiddenText.slice(0, 2000);
  return { ...coreProperties(entries.get("docProps/core.xml")), sections };
}

interface SheetRows {
  /** By row and column of the sheet; holes are "". */
  rows: string[][];
  /** The sheet's number of each row, from 1. */
  numbers: number[];
}

interface Book {
  strings: readonly string[];
  formats: ReturnType<typeof numberFormats>;
  from1904: boolean;
  counted: { cells: number };
}

/** Streams through a sheet: it may have a million rows. Hidden rows are kept out. */
function rowsOf(xml: Uint8Array, { strings, formats, from1904, counted }: Book): SheetRows {
  const rows: string[][] = [];
  const numbers: number[] = [];
  let row: string[] | undefined;
  let cell: { column: number; type: string; style: number; text: string } | undefined;
  let inValue = false;
  let rowNumber = 0;
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        const name = tag.slice(tag.indexOf(":") + 1);
        if (name === "row") {
          rowNumber = Number(attributes.r) || rowNumber + 1;
          row = attributes.hidden === "1" ? undefined : [];
        } else if (name === "c" && row) {
          const column = attributes.r ? columnNumber(attributes.r) : row.length;
          cell = { column, type: attributes.t ?? "n", style: Number(attributes.s ?? 0), text: "" };
        } else if (name === "v" || name === "t") inValue = true;
      },
      ontext(text) {
        if (inValue && cell) cell.text += text;
      },
      onclosetag(tag) {
        const name = tag.slice(tag.indexOf(":") + 1);
        if (name === "v" || name === "t") inValue = false;
        else if (name === "c" && cell) {
          if (row && cell.column < maxColumns && cell.text !== "" && ++counted.cells <= maxCells) {
            while (row.length < cell.column) row.push("");
            row[cell.column] = cellText(cell, { strings, format: formats(cell.style), from1904 });
          }
          cell = undefined;
        } else if (name === "row" && row?.some((text) => text !== "")) {
          rows.push(row);
          numbers.push(rowNumber);
        }
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  const decoder = new TextDecoder();
  for (let at = 0; at < xml.length; at += 1 << 20)
    parser.write(decoder.decode(xml.subarray(at, at + (1 << 20)), { stream: true }));
  parser.end();
  return { rows, numbers };
}

/** Empty rows part a sheet into tables; what has one cell a row is a line of text above them. */
function tables(sheet: string, { rows, numbers }: SheetRows): FlowNode[] {
  const nodes: FlowNode[] = [{ kind: "heading", level: 1, text: sheet, place: { sheet } }];
  for (let from = 0; from < rows.length; ) {
    let to = from + 1;
    while (to < rows.length && numbers[to] === numbers[to - 1]! + 1) to++;
    nodes.push(...blockNodes(sheet, rows.slice(from, to), numbers.slice(from, to)));
    from = to;
  }
  return nodes;
}

function blockNodes(sheet: string, rows: string[][], numbers: number[]): FlowNode[] {
  const nodes: FlowNode[] = [];
  const filled = (row: string[]) => row.flatMap((text, column) => (text === "" ? [] : [column]));
  let from = 0;
  for (; from < rows.length; from++) {
    const columns = filled(rows[from]!);
    if (columns.length > 1) break;
    const place = { sheet, cells: `${columnName(columns[0]!)}${numbers[from]}` };
    nodes.push({ kind: "paragraph", lines: [{ text: rows[from]![columns[0]!]!, place }] });
  }
  const body = rows.slice(from);
  if (body.length === 0) return nodes;
  const used = [...new Set(body.flatMap(filled))].sort((a, b) => a - b);
  const places = body.map((_, i): Place => {
    const row = numbers[from + i];
    return { sheet, cells: `${columnName(used[0]!)}${row}:${columnName(used.at(-1)!)}${row}` };
  });
  nodes.push({ kind: "table", rows: body.map((row) => used.map((column) => row[column] ?? "")), places });
  return nodes;
}

/** Zero-based, of "AB12". */
function columnNumber(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Z]+/.exec(reference)?.[0] ?? "A") column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function columnName(column: number): string {
  let name = "";
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return name;
}
