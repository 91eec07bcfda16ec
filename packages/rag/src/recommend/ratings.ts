import { InputError, readRows } from "@loam/core";

/** What a reader made of an item; without `value` they had it, and that counts as liking it. */
export interface Rating {
  user: string;
  item: string;
  value?: number;
}

const names = {
  user: ["user_id", "userid", "user", "User-ID", "reader", "用户", "用户编号"],
  item: ["book_id", "item_id", "bookid", "itemid", "book", "item", "isbn", "ISBN", "书号", "图书编号"],
  value: ["rating", "Book-Rating", "score", "value", "评分"],
};

/**
 * Reads ratings from a table (see {@link readRows}): a user, an item's id and, where there is one, a rating.
 *
 * @throws {InputError} `bad_ratings` when the columns or a rating cannot be told.
 */
export async function readRatings(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<Rating[]> {
  const ratings: Rating[] = [];
  let columns: { user: string; item: string; value?: string } | undefined;
  for await (const { row, line } of readRows(path, { signal })) {
    if (!columns) {
      const [user, item, value] = [names.user, names.item, names.value].map((known) =>
        known.find((name) => name in row),
      );
      if (user === undefined || item === undefined) {
        const listed = Object.keys(row).join(", ");
        throw new InputError(
          "bad_ratings",
          `${path} has no column of ${user === undefined ? "users" : "items"}: ${listed}.`,
          {
            details: { path, columns: Object.keys(row) },
            hint: "name the columns user_id, book_id and rating",
          },
        );
      }
      columns = { user, item, value };
    }
    const given = columns.value === undefined ? undefined : row[columns.value];
    const value = given === undefined || given === null || given === "" ? undefined : Number(given);
    if (Number.isNaN(value)) {
      throw new InputError("bad_ratings", `${path}, line ${line}: the rating is ${JSON.stringify(given)}.`, {
        details: { path, line },
        hint: "a rating is a number, or empty for a book that was only read",
      });
    }
    ratings.push({ user: String(row[columns.user]), item: String(row[columns.item]), value });
  }
  return ratings;
}
