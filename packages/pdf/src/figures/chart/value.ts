import { parseNumber } from "@loam/core";

const suffixes: Record<string, number> = {
  k: 1e3,
  K: 1e3,
  M: 1e6,
  m: 1e6,
  B: 1e9,
  bn: 1e9,
  G: 1e9,
  T: 1e12,
  千: 1e3,
  万: 1e4,
  亿: 1e8,
};
const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** The number that a label of a chart says: `1,200`, `−5`, `$3.5k`, `40 %`, `10³`; undefined for words. */
export function readValue(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/^[−–]/, "-")
    .replace(/^([-+]?)[$€£¥]\s?/, "$1")
    .replace(/\s?[%°€]$/u, "");
  const power = /^10([⁻-]?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/u.exec(plain);
  if (power) {
    const exponent = Number([...power[2]!].map((digit) => raised.indexOf(digit)).join(""));
    return 10 ** (power[1] ? -exponent : exponent);
  }
  const [, digits, suffix] = /^([-+]?[\d.,' \u00a0\u202f]*\d)\s?(k|K|M|m|B|bn|G|T|千|万|亿)?$/u.exec(plain) ?? [];
  const number = parseNumber(digits);
  return number === undefined ? undefined : number * (suffix ? suffixes[suffix]! : 1);
}

/** A value read off a scale, with no more digits than the drawing tells: `≈ 31`. */
export function roughly(
  value: number,
  { resolution, logarithmic }: { resolution: number; logarithmic: boolean },
): string {
  if (logarithmic) return `≈ ${Number(value.toPrecision(2))}`;
  const step = 10 ** Math.floor(Math.log10(Math.max(resolution, Number.MIN_VALUE) * 2));
  const decimals = Math.min(12, Math.max(0, -Math.round(Math.log10(step))));
  return `≈ ${Number((Math.round(value / step) * step).toFixed(decimals)) + 0}`;
}

/** Whether a printed number can be the value that was read off the scale at its place. */
export function agrees(
  printed: string,
  value: number,
  { resolution, logarithmic }: { resolution: number; logarithmic: boolean },
): boolean {
  const number = readValue(printed);
  if (number === undefined) return false;
  if (logarithmic) return number > 0 && value > 0 && Math.abs(Math.log10(number / value)) < 8 * resolution;
  return Math.abs(number - value) < 4 * resolution;
}
