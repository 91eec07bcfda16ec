import { unitAfter, unitBefore } from "./units.ts";

/** A number as a text states it. */
export interface Quantity {
  value: number;
  /** What it counts or measures, where that is a unit; see `units.ts`. */
  unit?: string;
  percent: boolean;
  /** "about 40": a rounded value. */
  rounded: boolean;
  /** A number word of one or two, which a sentence may use without meaning a count ("one of them"). */
  loose: boolean;
}

const small: Record<string, number> = Object.fromEntries(
  (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen " +
    "eighteen nineteen twenty"
  )
    .split(" ")
    .map((word, value) => [word, value]),
);
const tens: Record<string, number> = Object.fromEntries(
  "twenty thirty forty fifty sixty seventy eighty ninety".split(" ").map((word, i) => [word, 20 + 10 * i]),
);
const scales: Record<string, number> = {
  ...{ hundred: 100, thousand: 1e3, million: 1e6, billion: 1e9, trillion: 1e12, dozen: 12 },
  ...{ 百: 100, 千: 1e3, 万: 1e4, 亿: 1e8, k: 1e3, m: 1e6, bn: 1e9 },
};
const hanDigits: Record<string, number> = Object.fromEntries([..."零一二三四五六七八九"].map((d, i) => [d, i]));
Object.assign(hanDigits, { 〇: 0, 两: 2 });

const words = [...Object.keys(small), ...Object.keys(tens)].join("|");
/** Digits with their separators; number words; Chinese numerals of two characters and more. */
const number = new RegExp(
  String.raw`(?<![\p{Script=Latin}\d.]|\p{Script=Latin}[-–])[-−]?(?:\d{1,3}(?:[,  ]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)?)|\b(?:${words})(?:[- ](?:${words}|hundred|thousand))*\b|[零〇一二两三四五六七八九十百千万亿]{2,}|[一二两三四五六七八九十](?=[年月日号个名人次页章项种米岁天])`,
  "giu",
);
const aboutBefore = /(?:about|around|roughly|nearly|almost|approximately|some|circa|ca\.|约|大约|近|将近|左右)\s*$/iu;

/** The numbers of a text, in its order; years are numbers like others. */
export function quantitiesOf(text: string): Quantity[] {
  // The month of a date is compared as a month: see `names.ts`.
  const folded = text
    .normalize("NFKC")
    .replace(/\b(\d{4})-\d{2}(?:-(\d{2}))?\b/g, "$1 $2")
    .replace(/\d{1,2}\s*月/gu, " ");
  const found: Quantity[] = [];
  let read = 0;
  for (const match of folded.matchAll(number)) {
    if (match.index < read) continue; // the 百万 of 676百万
    const before = folded.slice(Math.max(0, match.index - 16), match.index);
    let after = folded.slice(match.index + match[0].length);
    let value = readNumber(match[0]);
    if (value === undefined) continue;
    const scale = /^\s*(hundred|thousand|million|billion|trillion|dozen|bn\b|[十百千万亿]{1,3})/iu.exec(after);
    // 千 in 千克 belongs to the unit.
    const inUnit = scale && /\p{Script=Han}/u.test(scale[0]) && unitAfter(after) !== undefined;
    if (scale && !inUnit && !/^[零〇一二]/u.test(match[0])) {
      value *= scaleOf(scale[1]!);
      read = match.index + match[0].length + scale[0].length;
      after = after.slice(scale[0].length);
    }
    const percent = /^\s*(?:%|percent\b|per cent\b|个百分点)/iu.test(after) || /百分之\s*$/u.test(before);
    const unit = percent ? undefined : (unitAfter(after) ?? unitBefore(before));
    found.push({
      value,
      unit,
      percent,
      rounded: aboutBefore.test(before) || /^\s*左右/u.test(after),
      loose: value <= 2 && /^\p{L}+$/u.test(match[0]) && !unit && !percent,
    });
  }
  return found;
}

/** Whether a passage's number says what a sentence's number says. */
export function sameQuantity(said: Quantity, stated: Quantity): boolean {
  if (said.unit && stated.unit && said.unit !== stated.unit) return false;
  if (said.percent !== stated.percent) {
    // A share may be written either way: 0.35 and 35 %.
    const [share, percent] = said.percent ? [stated.value, said.value] : [said.value, stated.value];
    if (share <= 1 && near(share * 100, percent, 1e-6)) return true;
    if (said.unit || stated.unit) return false;
  }
  if (near(said.value, stated.value, 1e-9)) return true;
  return said.rounded && near(said.value, stated.value, 0.05);
}

function near(a: number, b: number, share: number): boolean {
  return Math.abs(a - b) <= share * Math.max(Math.abs(a), Math.abs(b));
}

function readNumber(text: string): number | undefined {
  if (/\d/.test(text)) {
    const plain = text.replace("−", "-").replace(/[  ]/g, "");
    // "1,234" groups by three; "3,5" is a decimal comma.
    const value = Number(/,\d{3}(?:\D|$)/.test(plain) ? plain.replaceAll(",", "") : plain.replace(",", "."));
    return Number.isNaN(value) ? undefined : value;
  }
  if (/\p{Script=Han}/u.test(text)) return hanValue(text);
  let total = 0;
  for (const word of text.toLowerCase().split(/[- ]/)) {
    if (word in scales) total = Math.max(1, total) * scales[word]!;
    else total += small[word] ?? tens[word] ?? 0;
  }
  return total;
}

/** A word, or characters that multiply: 百万 is a million. */
function scaleOf(text: string): number {
  const known = scales[text.toLowerCase()];
  return known ?? [...text].reduce((product, character) => product * (character === "十" ? 10 : scales[character]!), 1);
}

/** 三千二百 is 3,200; 二〇二四 is read digit by digit. */
function hanValue(text: string): number {
  if (!/[十百千万亿]/u.test(text)) return Number([...text].map((d) => hanDigits[d]).join(""));
  let total = 0;
  let section = 0;
  let digit = 0;
  for (const character of text) {
    if (character in hanDigits) digit = hanDigits[character]!;
    else if (character === "万" || character === "亿") {
      total = (total + section + digit) * scales[character]!;
      section = digit = 0;
    } else {
      section += (digit || 1) * (character === "十" ? 10 : scales[character]!);
      digit = 0;
    }
  }
  return total + section + digit;
}
