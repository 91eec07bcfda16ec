import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type CatalogueItem, readCatalogue } from "../src/items/catalogue.ts";

/** The books of goodbooks-10k that have tags, tags joined from their own table; for the tests. */
export async function readGoodbooks(folder: string): Promise<CatalogueItem[]> {
  const lines = (text: string): string[] => text.trim().split(/\r?\n/).slice(1);
  const names = new Map(
    lines(readFileSync(join(folder, "tags.csv"), "utf8")).map((line) => {
      const comma = line.indexOf(",");
      return [line.slice(0, comma), line.slice(comma + 1).replace(/^"|"$/g, "")];
    }),
  );
  const counts = new Map<string, Map<string, number>>();
  for (const line of lines(gunzipSync(readFileSync(join(folder, "book_tags.csv.gz"))).toString())) {
    const [book, tag, count] = line.split(",") as [string, string, string];
    const name = names.get(tag)!;
    if (Number(count) <= 0 || name === "to-read" || name === "currently-reading") continue;
    const tags = counts.get(book) ?? new Map<string, number>();
    if (!counts.has(book)) counts.set(book, tags);
    tags.set(name, Math.max(tags.get(name) ?? 0, Number(count)));
  }
  const path = join(folder, "books.csv");
  const { items } = await readCatalogue(path);
  const { items: byGoodreads } = await readCatalogue(path, { columns: { id: "goodreads_book_id" } });
  return items.flatMap((item, i) => {
    const tags = counts.get(byGoodreads[i]!.id);
    return tags ? [{ ...item, tags: [...tags].map(([name, n]) => ({ name, weight: Math.log(1 + n) })) }] : [];
  });
}
