import { InputError } from "../errors/errors.ts";

/** One record of a table or list, by column name. */
export type Row = Record<string, unknown>;

/** A row and where it stood: the line (CSV, JSON Lines) or the position in the list or sheet, counted from 1. */
export interface RowAt {
  row: Row;
  line: number;
}

/** What is wrong with a row, and where it stands. */
export type OnBadRow = (error: InputError, line: number) => void;

/** A record longer than this is no record but a file with a quote that never closes. */
export const maxRecordCharacters = 64 * 2 ** 20;

/** What was looked at already, if anything, and then what follows. */
export async function* chain<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  if (first) yield first;
  yield* rest;
}

export function badRows(path: string, what: string, cause?: unknown): InputError {
  return new InputError("bad_rows", `${path}: ${what.replace(/\.$/, "")}.`, { details: { path }, cause });
}
