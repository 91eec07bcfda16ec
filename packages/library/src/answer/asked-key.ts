import { searchTerms, wordBag } from "@loam/search";
import { contentWords, isGerman, onlyAsks, saysWord, withoutGerman } from "./asked-words.ts";
import { hanAttributes, sameAttribute } from "./attributes.ts";
import type { Passage } from "./evidence.ts";
import { monthName, monthsOf, monthsStated, nameWordsOf } from "./facts/names.ts";
import { quantitiesOf } from "./facts/quantities.ts";
import { answersInUnit, knownUnit } from "./facts/units.ts";

/** A word of a question and the terms of which one must be there. */
interface AskedWord {
  word: string;
  terms: readonly string[];
}

/** What a question asks about and a passage would have to be about, too. */
export interface AskedKey {
  /** Words of names, in lower case. */
  names: string[];
  /** Numbers that name something: "Lot 134", "in 1932". */
  numbers: string[];
  months: number[];
  /** Units it asks in, as words: "How many litres". */
  units: string[];
  /** What is asked of it: "the price of …". */
  attribute: AskedWord | undefined;
  /** Other attributes it speaks of. */
  attributes: AskedWord[];
  /** Its other nouns. */
  words: string[];
}

const asksAttribute =
  /^(?:who|what|when|which|how much)\s+(?:is|was|are|were)\s+the\s+(?:\p{Ll}+\s+){0,2}?([\p{L}-]+)(?:\s*\([^)]*\))?\s+(?:of|at|for|in)\b|^(?:wie|was)\s+(?:lautet|ist|war|beträgt|betrug)\s+(?:der\s+|die\s+|das\s+)?(\p{Lu}\p{L}+)(?:\s*\([^)]*\))?\s+(?:von|der|des)\b/iu;

const opening = /^\P{L}*(?:what|which|whose|how (?:many|much)|who|when|where|why|is|are|was|were|does|do|did)\s+/iu;

/** What says how to answer and is no part of what is asked. */
const isTold =
  /^\P{L}*(?:fill in the (?:blanks?|gaps?)|complete the sentence|填空|完成句子|ergänzen? (?:sie )?(?:den satz|die lücken?))\s*[:：]/iu;

/** Words that count or name something else, which is what is asked for: "the number of pieces of Lot 172". */
const carriers =
  /^(?:numbers?|names?|amounts?|values?|totals?|counts?|shares?|percentages?|rest|sum|kind|type|title|anzahl|zahl|wert|betrag|summe|name)$/i;

/** What the question names. */
export function askedKey(question: string): AskedKey {
  const plain = question
    .replace(isTold, "")
    .replace(/(?:fig(?:ure)?s?\.?|tables?|sections?|eq\.|pages?)\s*[\divxlc]+/giu, " ");
  const [, english, german] = asksAttribute.exec(question.trim()) ?? [];
  const asked = english ?? german;
  const attribute =
    asked && !carriers.test(asked) && !onlyAsks(asked.toLowerCase()) ? asAttribute(asked.toLowerCase()) : undefined;
  // The word that asks is no part of the name behind it: "What Bleu score".
  const rest = isGerman(plain) ? withoutGerman(plain) : plain.replace(opening, "");
  // Behind the word that asks a capital is a name ("What Bleu score"); at the beginning it need not be ("Explain …").
  const proper = nameWordsOf(rest === plain ? plain : `x ${rest}`);
  const words = contentWords(plain);
  const units = [...plain.matchAll(/\p{L}{2,}/gu)].flatMap(([word]) =>
    knownUnit(word) && isUnitAsked(plain, word) ? [word] : [],
  );
  const isAttribute = (word: string) => sameAttribute(searchTerms(word)[0] ?? word) !== undefined;
  const han = hanAttributes(plain);
  return {
    names: proper.filter((name) => !units.some((unit) => unit.toLowerCase() === name) && !isAttribute(name)),
    numbers: [...plain.matchAll(/(?<![\p{Script=Latin}\d.,])\d{2,}(?![\d.,]*\d)/gu)].map(([number]) => number),
    months: monthsOf(plain),
    units,
    attribute,
    attributes: [
      ...[...words, ...proper].filter(isAttribute).map((word) => asAttribute(word)),
      ...han.map(({ word, same }) => ({ word, terms: same })),
    ],
    words: words.filter((word) => !isAttribute(word) && !han.some((other) => word.includes(other.word))),
  };
}

/** "How many litres", "in feet"; the second in "the second lake" is none. */
function isUnitAsked(question: string, word: string): boolean {
  return new RegExp(
    String.raw`(?:how (?:many|much)|in|wie ?viele?|per|pro)\s+(?:degrees\s+)?${word}(?![\p{L}])|多少\s*${word}`,
    "iu",
  ).test(question);
}

function asAttribute(word: string): AskedWord {
  const term = searchTerms(word)[0] ?? word;
  return { word, terms: sameAttribute(term) ?? [term] };
}

/**
 * What the question asks for and a passage does not have, in the question's words; empty when it has all. A row of a
 * table must name it itself, and have a value in the column that is asked for; running text may name it elsewhere in
 * what was found of its document (`around`).
 *
 * @param isSaid whether a word of the question stands in the document by another name.
 */
export function missingIn(
  { names, numbers, months, units, attribute, attributes, words }: AskedKey,
  passage: Passage,
  { around, isSaid = () => false }: { around: string; isSaid?: (word: string) => boolean },
): string[] {
  const own = [passage.text, passage.header, passage.about, passage.context, passage.label].filter(Boolean).join("\n");
  const isRow = passage.header?.includes(" | ") === true;
  const wide = `${own}\n${around}`;
  const text = isRow ? own : wide;
  const missing: string[] = [];
  const sameScript = /\p{Script=Latin}/u.test(text); // names in one script are not compared with those in another
  const there = new Set(
    text
      .toLowerCase()
      .replace(/\p{Script=Han}+/gu, " ")
      .match(/[\p{L}\p{M}\d]+/gu) ?? [],
  );
  if (sameScript)
    missing.push(...names.filter((name) => !name.split(/[-.’']/).every((part) => part === "" || hasWord(there, part))));
  missing.push(...numbers.filter((number) => !hasNumber(text, number)));
  const stated = monthsStated(text);
  if (sameScript || /\d\s*月/u.test(text)) missing.push(...months.filter((month) => !stated.has(month)).map(monthName));
  const bag = wordBag(wide);
  const hasTerm = (terms: ReadonlySet<string>, folded: string, wanted: readonly string[]) =>
    wanted.some((term) => terms.has(term) || (/\p{Script=Han}/u.test(term) && folded.includes(term)));
  const statedUnits = units.length > 0 ? unitsIn(wide) : [];
  missing.push(
    ...units.filter(
      (unit) =>
        !statedUnits.some((other) => answersInUnit(knownUnit(unit)!, other)) && !saysWord(bag, unit.toLowerCase()),
    ),
  );
  const ownBag = isRow ? wordBag(own) : bag;
  const lacks = ({ word, terms }: AskedWord, { terms: there, folded }: typeof bag) =>
    !hasTerm(there, folded, terms) &&
    !saysWord({ terms: there, folded }, word) &&
    !(terms.includes("°c") && /°/.test(folded));
  if (attribute && sameScript && lacks(attribute, ownBag)) missing.push(attribute.word);
  missing.push(...attributes.filter((each) => lacks(each, bag)).map(({ word }) => word));
  const isLatin = /\p{Script=Latin}{4}/u.test(wide);
  const isHan = /\p{Script=Han}{2}/u.test(wide);
  missing.push(
    ...words.filter(
      (word) => (/\p{Script=Han}/u.test(word) ? isHan : isLatin) && !saysWord(bag, word) && !isSaid(word),
    ),
  );
  return [...new Set(missing)];
}

function unitsIn(text: string): string[] {
  const named = (text.match(/[\p{L}°]+/gu) ?? []).flatMap((word) => knownUnit(word) ?? []);
  const bracketed = [...text.matchAll(/\(([^()\s]{1,4})\)/gu)].flatMap(([, sign]) => quantitiesOf(`1 ${sign}`));
  return [...named, ...[...quantitiesOf(text), ...bracketed].flatMap(({ unit }) => unit ?? [])];
}

function hasNumber(text: string, number: string): boolean {
  return new RegExp(String.raw`(?<!\d)${number}(?!\d)`).test(text.replace(/(?<=\d)[,  ](?=\d{3}(?!\d))/g, ""));
}

/**
 * The cell that a question asks for, where the row has nothing in it: "Sluice × June". Undefined when the passage is no
 * row, or another, or has a value there.
 */
export function emptyCellAsked(question: string, { header, text }: Passage): string | undefined {
  const heads = header?.split(" | ") ?? [];
  const cells = text.split(" | ");
  if (heads.length < 2 || heads.length !== cells.length || !cells.slice(1).some((cell) => /\d/.test(cell)))
    return undefined;
  const asked = new Set(searchTerms(question));
  const months = monthsOf(question);
  const key = searchTerms(cells[0]!);
  if (key.length === 0 || !key.every((term) => asked.has(term))) return undefined;
  const named = heads.map((head) => {
    const terms = searchTerms(head).filter((term) => !key.includes(term));
    const same = terms.filter(
      (term) => asked.has(term) || sameAttribute(term)?.some((other) => asked.has(other)),
    ).length;
    return same + (monthsOf(head).some((month) => months.includes(month)) ? 2 : 0);
  });
  named[0] = 0;
  const most = Math.max(...named);
  if (most === 0 || named.filter((count) => count === most).length > 1) return undefined;
  const column = named.indexOf(most);
  return /^[\s–—-]*$/u.test(cells[column]!) ? `${cells[0]} × ${heads[column]}` : undefined;
}

/** The word, one with another ending, or one that differs in a letter: recognised text is not exact. */
function hasWord(words: ReadonlySet<string>, word: string): boolean {
  if (words.has(word) || words.has(word.replace(/s$/, ""))) return true;
  if (word.length < 5) return false;
  for (const other of words) {
    if (Math.abs(other.length - word.length) <= 1 && word.length >= 6 && differsByOne(word, other)) return true;
    const [short, long] = word.length < other.length ? [word, other] : [other, word];
    if (short.length >= 5 && long.startsWith(short) && /^(?:e|en|n|s|es|er|ern|em)$/.test(long.slice(short.length)))
      return true;
  }
  return false;
}

function differsByOne(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}
