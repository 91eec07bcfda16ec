/**
 * A number as people and spreadsheets write it: `4.5`, `4,5`, `1,234.5`, `1.234,5`, `1 234,5`, `4.5e-3`. One comma with
 * three digits after it and nothing else to go by (`1,234`) groups thousands.
 *
 * @returns undefined when the text is no number, or empty.
 */
export function parseNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isNaN(value) ? undefined : value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string") return undefined;
  const text = value
    .normalize("NFKC")
    .trim()
    .replace(/[\s'’](?=\d{3}(?:\D|$))/g, "");
  if (!/^[+-]?(?=[\d.,]*\d)[\d.,]*(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const [digits = "", exponent] = text.split(/e/i);
  const plain = plainDigits(digits);
  const number = plain === undefined ? Number.NaN : Number(exponent === undefined ? plain : `${plain}e${exponent}`);
  return Number.isNaN(number) ? undefined : number;
}

/** With a point before the decimals and nothing between thousands. */
function plainDigits(digits: string): string | undefined {
  const comma = digits.lastIndexOf(",");
  const point = digits.lastIndexOf(".");
  if (comma < 0 || point < 0) {
    const mark = comma >= 0 ? "," : ".";
    const groups = digits.split(mark);
    if (groups.length === 1) return digits;
    const areThousands = groups.slice(1).every((group) => group.length === 3) && /^[+-]?[1-9]\d{0,2}$/.test(groups[0]!);
    if (groups.length > 2) return areThousands ? groups.join("") : undefined;
    return mark === "," && areThousands ? groups.join("") : groups.join(".");
  }
  const [thousands, decimal] = comma > point ? [".", ","] : [",", "."];
  return digits.replaceAll(thousands, "").replace(decimal, ".");
}
