import { searchTerms } from "../search/words.ts";
import type { Passage } from "./evidence.ts";
import { monthsOf, monthsStated, nameWordsOf } from "./facts/names.ts";

/** What a question asks about and a passage would have to be about, too. */
export interface AskedKey {
  /** Words of names, in lower case. */
  names: string[];
  /** Numbers that name something: "Lot 134", "in 1932". */
  numbers: string[];
  months: number[];
  /** What is asked of it, as sets of terms of which one must be there: "the price of …". */
  attribute: ReadonlySet<string> | undefined;
}

/** Words that ask for the same. */
const attributes = [
  "price cost fee charge fare admission",
  "height high tall altitude elevation",
  "length long",
  "depth deep",
  "width wide breadth",
  "weight weigh heavy mass",
  "age old",
  "area size hectare acre square",
  "temperature degree warm cold °c",
  "population inhabitant people resident",
  "speed fast velocity",
  "capital",
  "author wrote written by",
  "owner owned own belong",
  "date day when",
  "duration last take long",
  "salary pay wage earn",
  "secretary",
  "president",
  "director",
  "treasurer",
  "chairman chairwoman chair chairperson",
  "manager",
  "architect designed design",
  "telephone phone tel",
  "address street",
].map((words) => words.split(" ").map((word) => searchTerms(word)[0] ?? word));

const asksAttribute =
  /^(?:who|what|when|which|how much)\s+(?:is|was|are|were)\s+the\s+([\p{L}-]+)\s+(?:of|at|for|in)\b/iu;

/** Words that count or name something else, which is what is asked for: "the number of pieces of Lot 172". */
const carriers =
  /^(?:numbers?|names?|amounts?|values?|totals?|counts?|shares?|percentages?|rest|sum|kind|type|title)$/i;

/** What the question names. */
export function askedKey(question: string): AskedKey {
  const plain = question.replace(/(?:fig(?:ure)?s?\.?|tables?|sections?|eq\.|pages?)\s*[\divxlc]+/giu, " ");
  const [, attribute] = asksAttribute.exec(question.trim()) ?? [];
  const term = attribute && !carriers.test(attribute) ? searchTerms(attribute)[0] : undefined;
  return {
    names: nameWordsOf(plain),
    numbers: [...plain.matchAll(/(?<![\p{L}\d.,])\d{2,}(?![\d.,]*\d)/gu)].map(([number]) => number),
    months: monthsOf(plain),
    attribute: term ? new Set(attributes.find((words) => words.includes(term)) ?? [term]) : undefined,
  };
}

/**
 * Whether a passage is about what the question names. A row of a table must name it itself, and have a value in the
 * column that is asked for; running text may name it elsewhere in what was found of its document (`around`).
 */
export function isAbout({ names, numbers, months, attribute }: AskedKey, passage: Passage, around: string): boolean {
  const own = [passage.text, passage.header, passage.about, passage.context, passage.label].filter(Boolean).join("\n");
  const isRow = passage.header?.includes(" | ") === true;
  const text = isRow ? own : `${own}\n${around}`;
  if (!/\p{Script=Latin}/u.test(text)) return true; // names in one script are not compared with those in another
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{M}\d]+/gu) ?? []);
  if (!names.every((name) => name.split(/[-.’']/).every((part) => part === "" || hasWord(words, part)))) return false;
  if (!numbers.every((number) => words.has(number))) return false;
  const stated = monthsStated(text);
  if (!months.every((month) => stated.has(month))) return false;
  if (isRow && asksForEmptyCell(months, names, passage)) return false;
  if (!attribute) return true;
  const terms = new Set(searchTerms(text));
  return [...attribute].some((term) => terms.has(term)) || (attribute.has("°c") && /°/.test(text));
}

/** A column that the question names, and the row has nothing there. */
function asksForEmptyCell(months: readonly number[], names: readonly string[], { header, text }: Passage): boolean {
  const heads = header!.split(" | ");
  const cells = text.split(" | ");
  if (heads.length !== cells.length) return false;
  return heads.some((head, i) => {
    const isAsked =
      monthsOf(head).some((month) => months.includes(month)) ||
      (names.length > 0 && nameWordsOf(` ${head}`).some((word) => names.includes(word)));
    return isAsked && i > 0 && /^[\s–—-]*$/u.test(cells[i]!);
  });
}

/** The word, or one that differs in a letter: recognised text is not exact. */
function hasWord(words: ReadonlySet<string>, word: string): boolean {
  if (words.has(word) || words.has(word.replace(/s$/, ""))) return true;
  if (word.length < 6) return false;
  for (const other of words) if (Math.abs(other.length - word.length) <= 1 && differsByOne(word, other)) return true;
  return false;
}

function differsByOne(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}
