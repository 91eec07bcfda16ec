import { stopWords } from "@loam/search";

const months = (
  "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sep|sept october|oct " +
  "november|nov december|dec"
)
  .split(" ")
  .map((row) => row.split("|"));
const german = "januar februar märz april mai juni juli august september oktober november dezember".split(" ");
for (const [i, name] of german.entries()) months[i]!.push(name);
const monthNumber = new Map(months.flatMap((names, i) => names.map((name) => [name, i + 1] as const)));

const english = "January February March April May June July August September October November December".split(" ");

/** What a month is called, 1 to 12; any other number is itself. */
export const monthName = (month: number): string => english[month - 1] ?? String(month);

/** Capitalised words beside each other, initials and particles within: "Ida Morell", "J. van der Waals", "GPT-4". */
const properName =
  /(?<![\p{L}\p{M}\d])\p{Lu}[\p{L}\p{M}\d'’.-]*(?:\s+(?:(?:of|de|du|la|le|van|von|der|den|and|&)\s+)?\p{Lu}[\p{L}\p{M}\d'’.-]*)*/gu;
/** A word that is a name wherever it stands: inner capitals, or letters with digits. */
const marked = /^(?:\p{L}*\p{Ll}\p{Lu}\p{L}*|\p{Lu}{2,}[\p{L}\d-]*|\p{L}+-?\d[\p{L}\d.-]*)$/u;

/** Months that a text names, 1 to 12, in any of their spellings. */
export function monthsOf(text: string): number[] {
  const found: number[] = [];
  for (const [word] of betweenHan(text).matchAll(/\p{Lu}\p{L}+/gu)) {
    const month = monthNumber.get(word.toLowerCase().replace(/\.$/, ""));
    if (month !== undefined) found.push(month);
  }
  for (const [, number] of text.matchAll(/(\d{1,2})\s*月/gu)) found.push(Number(number));
  for (const [, number] of text.matchAll(/\b\d{4}-(\d{2})\b/g)) found.push(Number(number));
  return found;
}

/** Chinese sets a name beside its words without a space: "Mayflies的Autumn". */
function betweenHan(text: string): string {
  return text.replace(/\p{Script=Han}/gu, "，");
}

/** Months as a passage may write them besides: within a date of digits. */
export function monthsStated(text: string): Set<number> {
  const stated = new Set(monthsOf(text));
  for (const [, a, b] of text.matchAll(/(?<!\d)(\d{1,4})[-/.](\d{1,2})[-/.]\d{1,4}(?!\d)/g)) {
    stated.add(Number(a));
    stated.add(Number(b));
  }
  return stated;
}

/**
 * A single word that opens a sentence as the doer of something ("Quisling measured …"), in lower case: a name where the
 * passage, in another script, begins with another one.
 */
export function openingDoer(text: string): string | undefined {
  const [, word] =
    /^\P{L}*(\p{Lu}\p{Ll}{3,})\s+(?:\p{Ll}{2,}(?:ed|s)|has|was|is|had|were|will|can)\b/u.exec(text) ?? [];
  if (word === undefined || word.endsWith("s") || stopWords.has(word.toLowerCase())) return undefined;
  return word.toLowerCase();
}

/**
 * The words of names in a text, in lower case. A single capitalised word at the beginning is none by its looks, unless
 * it could be nothing else.
 */
export function nameWordsOf(text: string): string[] {
  const words: string[] = [];
  // In a Chinese sentence every capitalised word is a name, the first too.
  const isHan = /\p{Script=Han}/u.test(text);
  const first = /[\p{L}\d]/u.exec(text)?.index ?? 0;
  for (const match of betweenHan(text).matchAll(properName)) {
    const parts = match[0].split(/\s+/).map((part) => part.replace(/['’]s$|[.'’-]+$/g, ""));
    const opens = match.index === first;
    if (opens && stopWords.has(parts[0]!.toLowerCase())) parts.shift();
    const alone = opens && parts.length === 1 && !marked.test(parts[0]!) && !isHan;
    if (alone) continue;
    for (const part of parts) {
      const word = part.toLowerCase();
      if (word.length > 1 && !stopWords.has(word) && !monthNumber.has(word)) words.push(word);
    }
  }
  return words;
}
