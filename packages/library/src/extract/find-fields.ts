import type { Box, Line, Page, Place } from "@loam/pdf";
import type { ExtractField } from "./extract-schema.ts";
import { plainLabel } from "./field-labels.ts";
import { type ExtractValue, readValue } from "./read-value.ts";

/** A value with the place it was read from. */
export interface ExtractCell {
  value: ExtractValue;
  /** In [0, 1]: how the value was found, and how many ways there are to read it. */
  confidence: number;
  source: "label" | "table" | "model" | "person";
  page: number;
  box: Box;
  quote: string;
  place?: Place;
}

/** How sure each way of finding a value is. */
const sure = { row: 0.95, colon: 0.95, sentence: 0.8, beside: 0.85, column: 0.85, below: 0.75, bare: 0.6 };
/** A synonym of the field's name says less than the name. */
const synonymShare = 0.9;

/** The best value of a field on pages, and whether others contend with it; undefined when nothing names the field. */
export function findField(field: ExtractField, pages: readonly Page[]): ExtractCell | undefined {
  const candidates = pages.flatMap((page) => [...inTables(field, page), ...inLines(field, page)]);
  candidates.sort((a, b) => b.confidence - a.confidence);
  const [best] = candidates;
  if (!best) return undefined;
  const contends = candidates.some(
    ({ value, confidence }) => value !== best.value && confidence >= best.confidence - 0.001,
  );
  return contends
    ? { ...best, confidence: round(best.confidence * 0.8) }
    : { ...best, confidence: round(best.confidence) };
}

/** Rows that begin with the label, and columns of a table of one row that are headed by it. */
function* inTables(field: ExtractField, page: Page): Generator<ExtractCell> {
  for (const { rows, lines, box } of page.blocks) {
    if (!rows) continue;
    const placeOf = (row: number) => (lines.length === rows.length ? lines[row]! : { box, place: undefined });
    for (const [i, row] of rows.entries()) {
      const at = row.findIndex((cell) => labelShare(field, cell) > 0);
      if (at < 0) continue;
      const share = labelShare(field, row[at]!);
      const next = row.slice(at + 1).find((cell) => cell.trim() !== "");
      const read =
        row.filter((cell) => cell.trim()).length <= 4 && next !== undefined ? readValue(field, next) : undefined;
      const { box: own, place } = placeOf(i);
      const found = { page: page.number, source: "table" as const };
      if (read && labelShare(field, next!) === 0)
        yield {
          ...found,
          value: read.value,
          confidence: sure.row * share * read.sure,
          box: own,
          quote: row.join(" | "),
          ...(place && { place }),
        };
      const below = i === 0 && rows.length === 2 ? rows[1]![at] : undefined;
      const under = below === undefined ? undefined : readValue(field, below);
      if (under) {
        const { box: rowBox, place: rowPlace } = placeOf(1);
        yield {
          ...found,
          value: under.value,
          confidence: sure.column * share * under.sure,
          box: rowBox,
          quote: rows[1]!.join(" | "),
          ...(rowPlace && { place: rowPlace }),
        };
      }
    }
  }
}

/** "Label: value", "the label is value", "Label value", and a label with its value beside or below it. */
function* inLines(field: ExtractField, page: Page): Generator<ExtractCell> {
  const lines = page.blocks.flatMap(({ rows, lines: own }) => (rows ? [] : own));
  for (const line of lines) {
    for (const label of field.labels) {
      const share = label === field.labels[0] ? 1 : synonymShare;
      const stated = afterLabel(line.text, label);
      if (!stated) continue;
      const cell = (text: string, confidence: number, at: Line): ExtractCell | undefined => {
        const read = readValue(field, text);
        if (!read) return undefined;
        const { box, place } = at;
        return {
          value: read.value,
          confidence: confidence * share * read.sure,
          source: "label",
          page: page.number,
          box,
          quote: at.text,
          ...(place && { place }),
        };
      };
      if (stated.rest !== "") {
        const found = cell(untilNextLabel(stated.rest), sure[stated.by], line);
        const isLoose = stated.by === "bare" && field.type === "string" && !field.pattern && !field.choices;
        if (found && !isLoose) yield found;
        continue;
      }
      const right = lines.filter(({ box }) => isBeside(line.box, box)).sort((a, b) => a.box[0] - b.box[0])[0];
      const under = lines.filter(({ box }) => isBelow(line.box, box)).sort((a, b) => a.box[1] - b.box[1])[0];
      const beside = right && cell(right.text, sure.beside, right);
      const below = under && cell(under.text, sure.below, under);
      if (beside) yield beside;
      else if (below) yield below;
    }
  }
}

/** What follows a label in a line, and how it is joined to it; undefined when the line does not state the label. */
function afterLabel(text: string, label: string): { rest: string; by: "colon" | "sentence" | "bare" } | undefined {
  const words = label.split(" ").map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}])${words.join("[\\s.\\-_]*")}\\.?\\s*(?:\\([^)]{0,20}\\)\\s*)?(?<join>[:：=]|(?:is|was|are|为|是)(?!\\p{Script=Latin}))?\\s*(?<rest>.*)$`,
    "iu",
  );
  const found = pattern.exec(text.normalize("NFKC"));
  if (!found) return undefined;
  const { join, rest = "" } = found.groups!;
  const before = text.normalize("NFKC").slice(0, found.index).trim();
  // "Sub total" is no total: words before a label belong to it, unless they are another label's value.
  if (
    !before.includes(":") &&
    !/^(?:(?:[•*·–-]|\d{1,3}[.)])\s*)?(?:the|our|your|this)?$/i.test(
      before
        .split(/[;|,.。，、]|\s{2,}/)
        .at(-1)!
        .trim(),
    )
  )
    return undefined;
  if (join && /[:：=]/.test(join)) return { rest: rest.trim(), by: "colon" };
  if (join) return { rest: rest.trim(), by: "sentence" };
  // Without a sign between them a label opens its line.
  if (before !== "" && !/[:：;|]$/.test(before)) return undefined;
  if (
    rest !== "" &&
    /^\p{L}/u.test(rest) &&
    found[0].length - rest.length > 0 &&
    !/\s/.test(found[0].at(-rest.length - 1) ?? " ")
  )
    return undefined;
  return { rest: rest.trim(), by: "bare" };
}

/** A line may state several things: "Number: 7  Date: 3 May". */
function untilNextLabel(text: string): string {
  return text
    .replace(/\s+\p{Lu}[\p{L}.]*(?:\s\p{L}+){0,3}\s?[:：].*$/u, "")
    .replace(/\s{3,}.*$/, "")
    .replace(/[.。;；]\s+\p{L}.*$/u, "")
    .replace(/[.。]$/, "");
}

function labelShare(field: ExtractField, cell: string): number {
  const label = plainLabel(cell.replace(/\([^)]*\)/g, ""));
  if (label === "") return 0;
  const at = field.labels.indexOf(label);
  return at < 0 ? 0 : at === 0 ? 1 : synonymShare;
}

function isBeside(a: Box, b: Box): boolean {
  const overlap = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return b[0] >= a[2] - 1 && overlap > 0.5 * Math.min(a[3] - a[1], b[3] - b[1]);
}

function isBelow(a: Box, b: Box): boolean {
  const height = a[3] - a[1];
  return b[1] >= a[3] - 1 && b[1] - a[3] < 1.6 * height && Math.min(a[2], b[2]) > Math.max(a[0], b[0]);
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}
