import { asciiClass, literal, oneOf } from "./ebnf.ts";

/** Code points as sorted ranges that do not touch, both ends included. */
export type CharacterSet = readonly (readonly [from: number, to: number])[];

const last = 0x10ffff;
export const everything: CharacterSet = [[0, last]];

export function union(...sets: readonly CharacterSet[]): CharacterSet {
  const sorted = sets.flat().toSorted((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const top = merged.at(-1);
    if (top && from <= top[1] + 1) top[1] = Math.max(top[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function complement(set: CharacterSet): CharacterSet {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) rest.push([next, last]);
  return rest;
}

const without = (set: CharacterSet, taken: CharacterSet): CharacterSet => complement(union(complement(set), taken));

const surrogates: CharacterSet = [[0xd800, 0xdfff]];
/** What JSON strings spell with a backslash. */
const escapedInJson: CharacterSet = [
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
];

const ascii: CharacterSet = [[0, 0x7f]];
const beyondAscii = without([[0x80, last]], surrogates);
/** Of some but not all characters beyond ASCII so many are spelled out: what is left out is never written. */
const mostSpelled = 1024;

/**
 * One character of a set as it is spelled within a JSON string, or as it is. XGrammar's classes know single characters of
 * ASCII only, and either all others or none.
 */
export function character(set: CharacterSet, { inJson }: { inJson: boolean }): string | undefined {
  const plain = without(set, inJson ? union(escapedInJson, surrogates) : surrogates);
  const low = intersection(plain, ascii);
  const high = intersection(plain, beyondAscii);
  const parts: string[] = [];
  if (high.length > 0 && without(beyondAscii, high).length === 0)
    parts.push(asciiClass(without(ascii, low), { negated: true }));
  else {
    if (low.length > 0) parts.push(asciiClass(low));
    parts.push(...codePoints(high, mostSpelled).map((code) => literal(String.fromCodePoint(code))));
  }
  if (inJson) {
    for (const code of codePoints(intersection(set, escapedInJson), 64))
      parts.push(literal(JSON.stringify(String.fromCodePoint(code)).slice(1, -1)));
  }
  return parts.length === 0 ? undefined : oneOf(parts);
}

const intersection = (a: CharacterSet, b: CharacterSet): CharacterSet => without(a, complement(b));

function codePoints(set: CharacterSet, limit: number): number[] {
  const codes: number[] = [];
  for (const [from, to] of set) {
    for (let code = from; code <= to && codes.length < limit; code++) codes.push(code);
  }
  return codes;
}
