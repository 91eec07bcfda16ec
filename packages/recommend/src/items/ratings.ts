import { findColumn, InputError, parseNumber, readRows } from "@loam/core";

/** What a reader made of an item; without `value` they had it, and that counts as liking it. */
export interface Rating {
  user: string;
  item: string;
  value?: number;
}

const names = {
  user: ["user_id", "user", "reader", "reader_id", "用户", "用户编号"],
  item: ["book_id", "item_id", "book", "item", "isbn", "书号", "图书编号"],
  value: ["rating", "book_rating", "score", "value", "评分"],
};

/**
 * Reads ratings from a table (see `readRows`): a user, an item's id and, where there is one, a rating.
 *
 * @throws {InputError} `bad_ratings` when the columns or a rating cannot be told.
 */
export async function readRatings(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<Rating[]> {
  const ratings: Rating[] = [];
  for await (const { rating, line, given } of ratingRows(path, { signal })) {
    if (!rating) {
      throw new InputError("bad_ratings", `${path}, line ${line}: the rating is ${JSON.stringify(given)}.`, {
        details: { path, line },
        hint: "a rating is a number, or empty for a book that was only read",
      });
    }
    ratings.push(rating);
  }
  return ratings;
}

/** Ratings one by one; a row whose rating is no number comes without one. */
export async function* ratingRows(
  path: string,
  { signal, name = path, onBadRow }: { signal?: AbortSignal; name?: string; onBadRow?: () => void } = {},
): AsyncGenerator<{ rating: Rating | undefined; line: number; given: unknown }> {
  let columns: ReturnType<typeof ratingColumns> | undefined;
  for await (const { row, line } of readRows(path, { signal, onBadRow })) {
    columns ??= ratingColumns(Object.keys(row), name);
    const given = columns.value === undefined ? undefined : row[columns.value];
    const value =
      given === undefined || given === null || given === "" ? undefined : (parseNumber(given) ?? Number.NaN);
    const rating = { user: String(row[columns.user]), item: String(row[columns.item]), value };
    yield { rating: Number.isNaN(value) ? undefined : rating, line, given };
  }
}

function ratingColumns(columns: readonly string[], path: string): { user: string; item: string; value?: string } {
  const [user, item, value] = [names.user, names.item, names.value].map((known) => findColumn(columns, known));
  if (user !== undefined && item !== undefined) return { user, item, value };
  const what = user === undefined ? "users" : "items";
  throw new InputError("bad_ratings", `${path} has no column of ${what}: ${columns.join(", ")}.`, {
    details: { path, columns },
    hint: "name the columns user_id, book_id and rating",
  });
}
