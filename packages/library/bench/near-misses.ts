import type { Rng } from "@loam/core";
import type { ChunkPassages } from "../src/index.ts";

/** What was exchanged for something that the document does not have. */
export type Swap = "name" | "number" | "month" | "unit" | "attribute" | "thing" | "row" | "column" | "cell";

/** A question that a document nearly answers: all of it stands there but one thing. */
export interface NearMiss {
  question: string;
  swap: Swap;
  /** What the document does not have. */
  missing: string;
}

/** A question made from a table, and the value of the cell that it asks for. */
export interface CellQuestion {
  question: string;
  value: string;
}

const names =
  "Tamsin Orlok Quillfeather Zarnow Bexley Duquette Fennimore Halvard Ingersoll Jakande Kowalczyk Lindqvist";
const months = "January February March April May June July August September October November December".split(" ");
/** Sets of words that ask for different things; one of another set takes a word's place. */
const attributes = {
  en: "weight depth price height length width diameter temperature population age speed area voltage salary density volume",
  de: "Gewicht Tiefe Preis Höhe Länge Breite Durchmesser Temperatur Bevölkerung Alter Geschwindigkeit Fläche Spannung Gehalt",
  zh: "重量 深度 价格 高度 长度 宽度 直径 温度 人口 年龄 速度 面积 电压 工资 密度",
};
/** Alike enough that one row of words about another is no near miss. */
const kin = ["height depth altitude", "price cost", "Höhe Tiefe", "高度 深度"].map((row) => row.split(" "));
const things =
  "turbine chapel orchard lantern carriage furnace harpsichord windmill cannon greenhouse trombone elevator glacier saddle";
const units =
  "gallons pounds acres fathoms bushels furlongs ounces kilowatts decibels lumens litres kilograms tonnes metres";

const plainUnits =
  /\b(?:tonnes|tons|litres|liters|kg|kilograms|metres|meters|amperes|crowns|degrees|euros|dollars|hours)\b/i;
/** What is told in one of them answers a question in another. */
const alikeUnits = [/^(?:tonnes|tons|kg|kilograms)$/i, /^(?:metres|meters|kilometres)$/i, /^(?:litres|liters)$/i];
const afterArticle =
  /\b(?:the|a|an|der|die|das|dem|den|des)\s+(?:\p{Ll}+\s+)?(\p{L}\p{Ll}{3,})(?=\s*[?.]|\s+(?:was|were|is|are|has|have|take|make|cost|draw|used|of|in|at)\b)/giu;

/**
 * Near misses of a question that a document answers: each exchanges one name, number, month, unit, attribute or thing of
 * it for one that stands nowhere in the document.
 */
export function swapQuestion(question: string, documentText: string, rng: Rng): NearMiss[] {
  const text = documentText.toLowerCase();
  const absent = (words: readonly string[]) =>
    shuffled(words, rng).find((word) => !text.includes(word.toLowerCase().replace(/e?s$/, "")));
  const found: NearMiss[] = [];
  const swap = (kind: Swap, from: { index: number; word: string }, to: string | undefined) => {
    if (to === undefined) return;
    const swapped = question.slice(0, from.index) + to + question.slice(from.index + from.word.length);
    found.push({ question: swapped, swap: kind, missing: to });
  };
  const isGerman = /\b(?:wie|was|der|die|das|wer|welche[rs]?)\b/i.test(question);

  const firstWord = /^\P{L}*\p{L}+/u.exec(question)?.[0].length ?? 0;
  if (!isGerman)
    for (const match of question.matchAll(/\b\p{Lu}\p{Ll}{2,}\b/gu)) {
      if (match.index < firstWord || months.includes(match[0]) || /^(?:Figure|Table|Fig|Mr|Mrs)$/.test(match[0]))
        continue;
      if (text.includes(match[0].toLowerCase()))
        swap("name", { index: match.index, word: match[0] }, absent(names.split(" ")));
    }
  for (const match of question.matchAll(/(?<![\p{L}\d.,-])\d{2,4}(?![\d.,-])/gu)) {
    const candidates = Array.from({ length: 20 }, () =>
      String(
        match[0].length === 4
          ? 2027 + rng.integer(60)
          : 10 ** (match[0].length - 1) * 2 + rng.integer(7 * 10 ** (match[0].length - 1)),
      ),
    );
    swap("number", { index: match.index, word: match[0] }, absent(candidates));
  }
  for (const month of months) {
    const index = question.search(new RegExp(`\\b${month}\\b`));
    if (index >= 0)
      swap("month", { index, word: month }, absent(months.filter((m) => !text.includes(m.slice(0, 3).toLowerCase()))));
  }
  const unit = plainUnits.exec(question);
  const others = units
    .split(" ")
    .filter((other) => !alikeUnits.some((row) => row.test(other) && row.test(unit?.[0] ?? "")));
  if (unit) swap("unit", { index: unit.index, word: unit[0] }, absent(others));
  for (const [language, list] of Object.entries(attributes)) {
    for (const word of list.split(" ")) {
      const index = language === "zh" ? question.indexOf(word) : question.search(new RegExp(`\\b${word}\\b`));
      if (index < 0) continue;
      const alike = kin.find((row) => row.includes(word)) ?? [];
      swap("attribute", { index, word }, absent(list.split(" ").filter((w) => w !== word && !alike.includes(w))));
    }
  }
  for (const match of question.matchAll(afterArticle)) {
    const word = match[1]!;
    const index = match.index + match[0].length - word.length;
    const isAttribute = Object.values(attributes).some((list) => list.split(" ").includes(word));
    // The last word of "what does the housing weigh?" is a verb.
    const isVerb = /\b(?:do|does|did)\b/.test(question) && /^\s*\?/.test(question.slice(index + word.length));
    if (isGerman || isVerb || /^\p{Lu}/u.test(word) || isAttribute || !text.includes(word.toLowerCase().slice(0, -1)))
      continue;
    swap("thing", { index, word }, absent(things.split(" ")));
  }
  return found;
}

const templates: Record<"en" | "de" | "zh", (column: string, row: string) => string> = {
  en: (column, row) => `What is the ${column} of ${row}?`,
  de: (column, row) => `Wie lautet ${column} von ${row}?`,
  zh: (column, row) => `${row}的${column}是多少？`,
};

/** Questions about the cells of a document's tables, and near misses: a row or column that is not there, an empty cell. */
export function tableQuestions(
  passages: readonly ChunkPassages[],
  documentText: string,
  { rng, most = 4 }: { rng: Rng; most?: number },
): { answerable: CellQuestion[]; misses: NearMiss[] } {
  const text = documentText.toLowerCase();
  const rows = passages
    .flatMap(({ passages }) => passages)
    .flatMap((passage) => {
      const heads = passage.header?.split(" | ") ?? [];
      const cells = passage.text.split(" | ");
      return heads.length >= 2 && heads.length === cells.length ? [{ heads, cells }] : [];
    })
    .filter(({ cells }) => isName(cells[0]!));
  const answerable: CellQuestion[] = [];
  const misses: NearMiss[] = [];
  const languages = ["en", "de", "zh"] as const;
  const own = (cell: string) => rows.filter(({ cells }) => cells[0] === cell).length === 1;
  for (const { heads, cells } of shuffled(rows, rng)) {
    if (answerable.length >= most || !own(cells[0]!)) continue;
    const columns = heads.flatMap((head, i) => (i > 0 && isName(head) && heads.indexOf(head) === i ? [i] : []));
    const filled = columns.filter((i) => /\d/.test(cells[i]!));
    const empty = columns.filter((i) => /^[\s–—-]*$/u.test(cells[i]!));
    const language = languages[answerable.length % 3]!;
    const ask = templates[language];
    const list = attributes[language].split(" ");
    const column = filled.length > 0 ? heads[filled[rng.integer(filled.length)]!]! : undefined;
    if (column === undefined) continue;
    answerable.push({ question: ask(column, cells[0]!), value: cells[heads.indexOf(column)]! });
    const otherColumn = shuffled(list, rng).find((word) => !text.includes(word.toLowerCase()));
    if (otherColumn) misses.push({ question: ask(otherColumn, cells[0]!), swap: "column", missing: otherColumn });
    const otherRow = shuffled(names.split(" "), rng).find((word) => !text.includes(word.toLowerCase()));
    if (otherRow) misses.push({ question: ask(column, otherRow), swap: "row", missing: otherRow });
    for (const i of empty.slice(0, 1))
      misses.push({ question: ask(heads[i]!, cells[0]!), swap: "cell", missing: `${cells[0]} × ${heads[i]}` });
  }
  return { answerable, misses };
}

/** A row's or column's name as one would ask for it. */
function isName(cell: string): boolean {
  return /^[\p{L}][\p{L}\p{M}\d .'’/()-]{3,30}$/u.test(cell.trim()) && !/^(?:total|sum|average)/i.test(cell.trim());
}

function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  return items
    .map((item) => ({ item, at: rng.uniform() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
