import type { ExtractField } from "./extract-schema.ts";

export type ExtractValue = string | number | boolean;

/** A value read from the words of a document; `sure` is below 1 where they can be read in more than one way. */
export interface ReadValue {
  value: ExtractValue;
  sure: number;
}

const longestText = 400;
const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** The words as a value of the field's type; undefined when they are none. */
export function readValue(field: ExtractField, text: string): ReadValue | undefined {
  const words = text.normalize("NFKC").replace(/\s+/g, " ").trim();
  if (words === "" || /^[-–—./\s]*$/.test(words)) return undefined;
  if (field.choices) return choiceOf(field.choices, words);
  if (field.type === "boolean") return booleanOf(words);
  if (field.type === "date") return dateOf(words);
  if (field.type === "number" || field.type === "integer") return numberOf(words, field.type);
  const found = field.pattern ? field.pattern.exec(words)?.[0] : words.slice(0, longestText);
  return found ? { value: found.replace(/[\s,;]+$/, ""), sure: 1 } : undefined;
}

function choiceOf(choices: readonly string[], words: string): ReadValue | undefined {
  const fold = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  const exact = choices.find((choice) => fold(choice) === fold(words));
  if (exact) return { value: exact, sure: 1 };
  const inside = choices.filter((choice) => fold(choice) && fold(words).includes(fold(choice)));
  return inside.length === 1 ? { value: inside[0]!, sure: 0.8 } : undefined;
}

function booleanOf(words: string): ReadValue | undefined {
  if (/^(?:yes|true|y|x|☒|☑|✓|✔|是|对|ja|oui)(?![\p{L}])/iu.test(words)) return { value: true, sure: 1 };
  if (/^(?:no|false|n|☐|否|不|nein|non)(?![\p{L}])/iu.test(words)) return { value: false, sure: 1 };
  return undefined;
}

/** One number with what may stand around it: a currency, a unit, a percent sign. */
function numberOf(words: string, type: "number" | "integer"): ReadValue | undefined {
  const found = [...words.matchAll(/[-−(]?\s?\d[\d.,'’\u00a0 ]*\d|[-−(]?\s?\d/g)].map(([number]) => number);
  const [first] = found;
  if (first === undefined) return undefined;
  // "7 of 12", "3 x 40": the field does not say which.
  const others = found.length > 1 ? 0.6 : 1;
  const isNegative = /^[-−(]/.test(first);
  const plain = first.replace(/[-−(\s\u00a0'’]/g, "");
  const value = groupedNumber(plain);
  if (value === undefined || (type === "integer" && !Number.isInteger(value))) return undefined;
  return { value: isNegative ? -value : value, sure: others };
}

/** "1,234.50", "1.234,50", "1234,5" and "1.234" (a thousand and more, where three digits follow each mark). */
function groupedNumber(text: string): number | undefined {
  const last = Math.max(text.lastIndexOf("."), text.lastIndexOf(","));
  if (last < 0) return Number(text);
  const mark = text[last]!;
  const isMixed = text.includes(".") && text.includes(",");
  const digitsAfter = text.length - last - 1;
  const marks = text.split(mark).length - 1;
  const isGrouping = !isMixed && digitsAfter === 3 && (mark === "," || marks > 1);
  const value = isGrouping
    ? Number(text.replaceAll(mark, ""))
    : Number(`${text.slice(0, last).replace(/[.,]/g, "")}.${text.slice(last + 1)}`);
  return Number.isNaN(value) ? undefined : value;
}

function dateOf(words: string): ReadValue | undefined {
  const iso = /(\d{4})[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})/.exec(words);
  if (iso) return dated(Number(iso[1]), Number(iso[2]), Number(iso[3]), 1);
  const dayFirst = /(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(\p{L}{3,9})\.?,?\s+(\d{4})/u.exec(words);
  if (dayFirst) return dated(Number(dayFirst[3]), monthOf(dayFirst[2]!), Number(dayFirst[1]), 1);
  const monthFirst = /(\p{L}{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})/u.exec(words);
  if (monthFirst) return dated(Number(monthFirst[3]), monthOf(monthFirst[1]!), Number(monthFirst[2]), 1);
  const numeric = /(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)/.exec(words);
  if (!numeric) return undefined;
  const [a, b, last] = [Number(numeric[1]), Number(numeric[3]), Number(numeric[4])];
  const year = last < 100 ? 2000 + last : last;
  if (b > 12) return dated(year, a, b, 1);
  return dated(year, b, a, a > 12 || numeric[2] === "." ? 1 : 0.6); // 3/4 may be either
}

function monthOf(word: string): number {
  const start = word
    .toLowerCase()
    .slice(0, 3)
    .replace("mär", "mar")
    .replace("mai", "may")
    .replace("okt", "oct")
    .replace("dez", "dec");
  return months.indexOf(start) + 1;
}

function dated(year: number, month: number, day: number, sure: number): ReadValue | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDay = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDay ? { value: date.toISOString().slice(0, 10), sure } : undefined;
}
