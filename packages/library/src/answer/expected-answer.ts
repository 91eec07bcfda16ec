const number =
  /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|million)\b|[一二三四五六七八九十百千万亿两]/i;
const date =
  /\b(?:1[5-9]|20)\d\d\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|[\d一二三四五六七八九十]+\s*[年月日]/i;
const person = /\b\p{Lu}\p{Ll}+(?:\s+\p{Lu}[\p{L}.]*)+/u;

/** "Figure 2" holds no number that answers. */
const figureName = /(?:fig(?:ure)?s?\.?|tables?|sections?|sec\.|eq\.|图|表)\s*\d+(?:\.\d+)*|\[\d+(?:,\s*\d+)*\]/gi;

const cues: { asks: RegExp; holds: RegExp }[] = [
  { asks: /\bwhen\b|\bwhat (?:year|date|month)\b|哪年|哪一年|何时|什么时候|日期/i, holds: date },
  {
    asks: /\bhow (?:many|much|long|large|big|high|fast|far|old|often)\b|\b(?:percent\w*|number|share|score|value|accuracy|size|rat(?:e|io|ing)|price|cost|speed(?:up)?|error)\b|多少|几[个项种次年天]|多大|多长|多高|百分之|比例|数量/i,
    holds: number,
  },
  { asks: /\bwho(?:se|m)?\b/i, holds: person },
];

/** What a question's wording says its answer must hold: a date, a number, a name. Undefined when it says nothing. */
export function expectedAnswer(question: string): ((text: string) => boolean) | undefined {
  const cue = cues.find(({ asks }) => asks.test(question));
  return cue && ((text) => cue.holds.test(text.replace(figureName, "")));
}

const picture =
  /photo(?:graph)?|picture|image|illustration|drawing|diagram|chart|graph\b|plot(?:ted)?\b|curve|axis|bars?\b|照片|图片|插图|示意图|柱状图|条形图|折线图|曲线|图中|坐标/i;

/** Whether a question asks for what a picture shows. */
export function asksForPicture(question: string): boolean {
  return picture.test(question);
}

/** Whether an amount is asked for, which only digits tell: "the bare one" is none. */
export function asksHowMany(question: string): boolean {
  return /\bhow (?:many|much)\b|多少|几[个项种]/i.test(question);
}

/** Digits beside those of a figure's or table's name. */
export function holdsDigits(text: string): boolean {
  return /\d/.test(text.replace(figureName, ""));
}
