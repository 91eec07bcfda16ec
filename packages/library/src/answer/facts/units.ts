/** Spellings of units, the first being the one they are known by. Units of one thing in another size are others. */
const spellings = [
  "km|kilometre|kilometer|公里|千米",
  "m|metre|meter|米",
  "cm|centimetre|centimeter|zentimeter|厘米",
  "mm|millimetre|millimeter|毫米",
  "µm|micrometre|micrometer|micron|微米",
  "nm|nanometre|nanometer|纳米",
  "mile|mi|meile|英里",
  "ft|foot|feet|fuß|英尺",
  "in|inch|inches|zoll|英寸",
  "yd|yard",
  "kg|kilogram|kilogramme|kilogramm|kilo|公斤|千克",
  "g|gram|gramme|gramm|克",
  "mg|milligram|毫克",
  "t|tonne|ton|吨",
  "lb|lbs|pound|pfund|磅",
  "oz|ounce",
  "l|litre|liter|升",
  "ml|millilitre|milliliter|毫升",
  "gal|gallon|gallone|加仑",
  "ha|hectare|hektar|公顷",
  "acre|英亩",
  "s|sec|second|sekunde|秒",
  "ms|millisecond|毫秒",
  "min|minute|minuten|分钟",
  "h|hr|hour|stunde|小时",
  "day|天",
  "week|woche|周|星期",
  "month|个月",
  "year|yr|岁",
  "°C|℃|degrees celsius|degree celsius|摄氏度",
  "°F|℉|degrees fahrenheit|degree fahrenheit|华氏度",
  "K|kelvin",
  "W|watt|瓦",
  "kW|kilowatt|千瓦",
  "MW|megawatt|兆瓦",
  "GW|gigawatt",
  "kWh|kilowatt hour|kilowatt-hour|千瓦时",
  "MWh|megawatt hour|megawatt-hour",
  "J|joule|焦耳",
  "kJ|kilojoule",
  "kcal|kilocalorie|千卡|大卡",
  "V|volt|伏",
  "mV|millivolt",
  "A|ampere|amp",
  "Hz|hertz|赫兹",
  "kHz|kilohertz",
  "MHz|megahertz",
  "GHz|gigahertz",
  "Pa|pascal|帕",
  "kPa|kilopascal",
  "bar",
  "N|newton|牛顿",
  "dB|decibel|分贝",
  "byte|字节",
  "KB|kilobyte",
  "MB|megabyte",
  "GB|gigabyte",
  "TB|terabyte",
  "bit",
  "$|US$|USD|dollar|美元",
  "€|EUR|euro|欧元",
  "£|GBP|pound sterling|英镑",
  "¥|CNY|RMB|yuan|元|人民币",
  "JPY|yen|日元",
  "CHF|franc|瑞士法郎",
  "crown|kr|克朗",
  "mol|mole|摩尔",
  "km/h|kilometres per hour|kilometers per hour|kph",
  "m/s|metres per second|meters per second",
  "mph|miles per hour",
];

const byName = new Map<string, string>();
for (const row of spellings) {
  const [known, ...others] = row.split("|");
  for (const name of [known!, ...others]) byName.set(fold(name), known!);
}
/** Short signs are units by their case only: `m` is no `M`, `A` no article. */
const names = [...byName.keys()].sort((a, b) => b.length - a.length);
const after = new RegExp(String.raw`^[\s  -]*(${names.map(literal).join("|")})(s|es|n|en)?(?![\p{L}\d²³])`, "u");
const currency = /(US\$|\$|€|£|¥|USD|EUR|GBP|CNY|RMB|CHF)\s*$/u;

/** The unit that stands behind a number, as `units.ts` knows it. */
export function unitAfter(text: string): string | undefined {
  const folded = fold(text.slice(0, 40));
  const [, name] = after.exec(folded) ?? hanUnit.exec(folded) ?? [];
  return name === undefined ? undefined : byName.get(name);
}

/** The unit that a word names, in any of its spellings: "litres" is "l". Undefined for signs of one letter. */
export function knownUnit(word: string): string | undefined {
  if ([...word].length < 2 && !/\p{Script=Han}/u.test(word)) return undefined;
  const folded = fold(word);
  return (
    byName.get(folded) ?? byName.get(folded.replace(/(?:e?s|e?n)$/, "")) ?? byName.get(folded.replace(/[sn]$/, ""))
  );
}

/** Units that one is turned into by moving the point: a text in kilometres answers a question in metres. */
const decimal = ["km m cm mm µm nm", "t kg g mg", "l ml", "GW MW kW W", "MWh kWh", "kJ J", "V mV", "GHz MHz kHz Hz"]
  .concat("kPa Pa", "TB GB MB KB", "ms s")
  .map((row) => row.split(" "));

/** Whether a text that states amounts in one unit answers what is asked in the other. */
export function answersInUnit(asked: string, stated: string): boolean {
  return asked === stated || decimal.some((row) => row.includes(asked) && row.includes(stated));
}

/** Chinese writes no space behind a unit. */
const hanUnit = new RegExp(
  String.raw`^\s*(${names
    .filter((name) => /\p{Script=Han}/u.test(name))
    .map(literal)
    .join("|")})`,
  "u",
);

/** A currency sign before a number. */
export function unitBefore(text: string): string | undefined {
  const [, sign] = currency.exec(text) ?? [];
  return sign === undefined ? undefined : byName.get(fold(sign));
}

/** Words in lower case; signs of up to three letters as they are. */
function fold(text: string): string {
  return text.replace(/[A-Za-z]{4,}/g, (word) => word.toLowerCase());
}

function literal(text: string): string {
  return text.replace(/[$.*+?^()|[\]{}\\/]/g, "\\$&");
}
