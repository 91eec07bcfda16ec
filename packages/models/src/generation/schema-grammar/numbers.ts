import { literal, oneOf } from "./ebnf.ts";

/** Integers up to here are exact wherever JSON is read. */
const mostDigits = 15;
const largest = 10n ** BigInt(mostDigits) - 1n;
/** Places behind the point, unless a bound asks for more. */
const usualPlaces = 4;
const mostPlaces = 9;

export interface Bounds {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
}

/** Integers within bounds as EBNF. @throws {Error} where there are none, or it cannot be said. */
export function integerGrammar(bounds: Bounds): string {
  const low = maxOf(
    ceil(bounds.minimum),
    bounds.exclusiveMinimum === undefined ? undefined : floor(bounds.exclusiveMinimum)! + 1n,
  );
  const high = minOf(
    floor(bounds.maximum),
    bounds.exclusiveMaximum === undefined ? undefined : ceil(bounds.exclusiveMaximum)! - 1n,
  );
  const { multipleOf = 1 } = bounds;
  const from = low ?? -largest;
  const to = high ?? largest;
  if (from > to) throw new Error(`there is no integer from ${from} to ${to}`);
  if (multipleOf === 1 || (multipleOf < 1 && Number.isInteger(1 / multipleOf))) return signed(from, to, between);
  if (!Number.isInteger(multipleOf)) throw new Error(`integers that are multiples of ${multipleOf} are not supported`);
  return multiples(BigInt(multipleOf), from, to);
}

/**
 * Numbers within bounds as EBNF: never with an exponent, with a few places behind the point.
 *
 * @throws {Error} when no number fits, or the multiples cannot be listed.
 */
export function numberGrammar(bounds: Bounds): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = bounds;
  const said = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter((value) => value !== undefined);
  let places = Math.min(mostPlaces, Math.max(usualPlaces, ...said.map(placesOf)));
  if (multipleOf !== undefined) {
    const k = placesOf(multipleOf);
    if (Number.isInteger(multipleOf)) return integerGrammar(bounds);
    if (Math.abs(multipleOf * 10 ** k - 1) > 1e-9)
      throw new Error(`numbers that are multiples of ${multipleOf} are not supported`);
    places = k;
  }
  const scale = 10n ** BigInt(places);
  const onGrid = (value: number, round: (x: number) => number) => BigInt(round(value * Number(scale)));
  const steps = (value: number | undefined, exclusive: number | undefined, sign: 1n | -1n) => {
    const round = sign === 1n ? Math.ceil : Math.floor;
    const inclusive = value === undefined ? undefined : exact(value, places, round);
    if (exclusive === undefined) return inclusive;
    const open = isOnGrid(exclusive, places) ? onGrid(exclusive, Math.round) + sign : exact(exclusive, places, round);
    return sign === 1n ? maxOf(inclusive, open) : minOf(inclusive, open);
  };
  const from = steps(minimum, exclusiveMinimum, 1n) ?? -largest * scale;
  const to = steps(maximum, exclusiveMaximum, -1n) ?? largest * scale;
  if (from > to) throw new Error("there is no number within the bounds");
  return signed(from, to, (low, high) => decimals(low, high, places));
}

function exact(value: number, places: number, round: (x: number) => number): bigint {
  return isOnGrid(value, places) ? BigInt(Math.round(value * 10 ** places)) : BigInt(round(value * 10 ** places));
}

const isOnGrid = (value: number, places: number): boolean => placesOf(value) <= places;

/** Places behind the point of a number as it is written. */
function placesOf(value: number): number {
  const [, fraction = "", exponent = "0"] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, fraction.length - Number(exponent));
}

/** A range that may begin below zero, from what spells one that does not. */
function signed(from: bigint, to: bigint, spell: (from: bigint, to: bigint) => string[]): string {
  const parts: string[] = [];
  if (from < 0n) parts.push(`"-" ${oneOf(spell(to < 0n ? -to : 1n, -from))}`);
  if (to >= 0n) parts.push(...spell(from > 0n ? from : 0n, to));
  return `(${parts.join(" | ")})`;
}

/** Integers from one to another, neither below zero, without zeros in front. */
function between(from: bigint, to: bigint): string[] {
  const parts: string[] = [];
  let low = from;
  while (low <= to) {
    const size = low.toString().length;
    const top = minOf(to, 10n ** BigInt(size) - 1n)!;
    parts.push(fixed(low.toString(), top.toString()));
    low = top + 1n;
  }
  return parts;
}

/** Strings of digits of one length from one to another. */
function fixed(low: string, high: string): string {
  if (low === high) return literal(low);
  if (/^0*$/.test(low) && /^9*$/.test(high)) return `[0-9]{${low.length}}`;
  let same = 0;
  while (low[same] === high[same]) same++;
  const prefix = same > 0 ? `${literal(low.slice(0, same))} ` : "";
  const [a, b] = [low.slice(same), high.slice(same)];
  if (a.length === 1) return `${prefix}[${a}-${b}]`;
  const rest = a.length - 1;
  const [first, final] = [Number(a[0]), Number(b[0])];
  const parts: string[] = [];
  const lowRest = a.slice(1);
  const highRest = b.slice(1);
  const lowWhole = /^0*$/.test(lowRest);
  const highWhole = /^9*$/.test(highRest);
  if (!lowWhole) parts.push(`"${first}" ${fixed(lowRest, "9".repeat(rest))}`);
  const middle = [lowWhole ? first : first + 1, highWhole ? final : final - 1] as const;
  if (middle[0] <= middle[1]) parts.push(`[${middle[0]}-${middle[1]}] [0-9]{${rest}}`);
  if (!highWhole) parts.push(`"${final}" ${fixed("0".repeat(rest), highRest)}`);
  return `${prefix}(${parts.join(" | ")})`;
}

/** Numbers on a grid of 10^-places, given as steps: whole parts in between take any places behind the point. */
function decimals(from: bigint, to: bigint, places: number): string[] {
  if (places === 0) return between(from, to);
  const scale = 10n ** BigInt(places);
  const fraction = (steps: bigint) => (steps % scale).toString().padStart(places, "0");
  const nines = "9".repeat(places);
  const [first, final] = [from / scale, to / scale];
  if (first === final) {
    const exactStart = from % scale === 0n ? [literal(first.toString())] : [];
    return [...exactStart, `${literal(first.toString())} "." ${fixed(fraction(from), fraction(to))}`];
  }
  const parts: string[] = [];
  const inner = from % scale === 0n ? first : first + 1n;
  if (inner > first) parts.push(`${literal(first.toString())} "." ${fixed(fraction(from), nines)}`);
  if (inner <= final - 1n) parts.push(`${oneOf(between(inner, final - 1n))} ("." [0-9]{1,${places}})?`);
  parts.push(literal(final.toString()));
  if (to % scale !== 0n) parts.push(`${literal(final.toString())} "." ${fixed("0".repeat(places), fraction(to))}`);
  return parts;
}

/** So many are simply listed. */
const mostListed = 500n;

function multiples(step: bigint, from: bigint, to: bigint): string {
  const first = ((from >= 0n ? from + step - 1n : from) / step) * step;
  const count = (to - first) / step + 1n;
  if (first > to) throw new Error(`there is no multiple of ${step} from ${from} to ${to}`);
  if (count <= mostListed)
    return oneOf(Array.from({ length: Number(count) }, (_, i) => literal(String(first + BigInt(i) * step))));
  if (from > 1n || (from < 0n && from !== -largest) || to !== largest || step > 10_000n)
    throw new Error(`more than ${mostListed} multiples of ${step} within bounds are not supported`);
  // k · step spelled out would need a product; powers of ten, halves and fifths of them show in the last digits.
  const zeros = /^(1|2|5)(0*)$/.exec(step.toString());
  if (!zeros)
    throw new Error(`multiples of ${step} without bounds are not supported: give \`minimum\` and \`maximum\``);
  const endings = { 1: '""', 2: "[02468]", 5: "[05]" } as const;
  const ending = endings[zeros[1] as unknown as 1 | 2 | 5];
  const tail = zeros[2] ? ` ${literal(zeros[2])}` : "";
  const whole =
    zeros[1] === "1"
      ? `[1-9] [0-9]{0,8}`
      : `([1-9] [0-9]{0,8})? ${ending.replace("0", "")} | [1-9] [0-9]{0,8} ${ending}`;
  const sign = from < 0n ? '"-"? ' : "";
  return `(${from <= 0n ? '"0" | ' : ""}${sign}(${whole})${tail})`;
}

const floor = (value: number | undefined): bigint | undefined =>
  value === undefined ? undefined : BigInt(Math.floor(clamp(value)));
const ceil = (value: number | undefined): bigint | undefined =>
  value === undefined ? undefined : BigInt(Math.ceil(clamp(value)));
const clamp = (value: number): number => Math.min(Math.max(value, -Number(largest)), Number(largest));
const maxOf = (a: bigint | undefined, b: bigint | undefined) =>
  a === undefined ? b : b === undefined || a > b ? a : b;
const minOf = (a: bigint | undefined, b: bigint | undefined) =>
  a === undefined ? b : b === undefined || a < b ? a : b;
