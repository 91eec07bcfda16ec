import { ArgumentError, loadConfig } from "@loam/core";
import type { CatalogueColumns, Recommendation, Recommender } from "@loam/rag";
import { choice, command, type Option, text, texts, whole } from "../command.ts";
import type { Io } from "../io.ts";

const fields = "id title originalTitle authors tags description language year rating".split(" ");
/** Catalogues up to this size are embedded without being asked to: about a minute on two cores. */
const embedUpTo = 5_000;

export const recommendCommand = command({
  name: "recommend",
  summary: "Recommend books of a catalogue",
  description:
    "The catalogue is CSV, TSV, JSON, JSON Lines or Parquet with a column of titles; authors, tags, description, language, year and rating are used where they are there.",
  args: {
    query: { summary: "what the book should be about", optional: true } as {
      summary: string;
      optional: true;
      type?: string;
    },
  },
  options: {
    catalogue: text("file of the books", { value: "file" }),
    count: { ...whole("number of books", { min: 1, max: 1000, otherwise: 10 }), short: "n" },
    similarTo: text("books like this one (title or id)", { value: "title" }),
    ratings: text("file of ratings: user_id, book_id, rating", { value: "file" }),
    user: text("for this user of the ratings", { value: "id" }),
    column: texts(`which column is what: title=Name; one of ${fields.join(", ")}; may be repeated`, {
      value: "field=name",
    }),
    mode: choice(
      "how a description is compared; hybrid adds the embedding model",
      ["auto", "keyword", "hybrid"],
      "auto",
    ),
    diversity: fraction("0 ranks by score alone, towards 1 the books differ more from each other"),
    perAuthor: whole("at most so many of one author", { min: 1, max: 1000 }),
    language: texts("only in this language, as the catalogue writes it; may be repeated", { value: "code" }),
    tag: texts("only with this tag; may be repeated"),
    years: text("only of these years: 1990-2005", { value: "from-to" }),
    minRating: fraction("only rated at least so", { max: 100 }),
    blend: fraction("how much ratings of others count beside the content, 0 to 1 (0.9 unless told)"),
  },
  examples: [
    ['recommend --catalogue books.csv "a story about artificial minds and loneliness" -n 10', "ten books about it"],
    ["recommend --catalogue books.csv --similar-to Solaris --per-author 1", "like one book, by other hands"],
    ["recommend --catalogue books.csv --ratings ratings.csv --user 42", "for a reader"],
  ],
  run: async (values, io) => {
    const { catalogue, query, similarTo, user, ratings } = values;
    if (catalogue === undefined)
      throw new ArgumentError("catalogue", undefined, "a file of books", "add --catalogue books.csv");
    if ([query, similarTo, user].filter((given) => given !== undefined).length !== 1)
      throw new ArgumentError(
        "query",
        query,
        "one of a description, --similar-to or --user",
        'write "a book about the sea"',
      );
    if (user !== undefined && ratings === undefined)
      throw new ArgumentError("user", user, "ratings to know the user by", "add --ratings ratings.csv");
    const options = {
      n: values.count,
      diversity: values.diversity,
      perAuthor: values.perAuthor,
      filters: {
        languages: values.language,
        tags: values.tag,
        years: readYears(values.years),
        minRating: values.minRating,
      },
      signal: io.signal,
    };
    const { openRecommender, readCatalogue } = await import("@loam/rag");
    const { items, skipped } = await readCatalogue(catalogue, {
      columns: readColumns(values.column),
      signal: io.signal,
    });
    const hybrid =
      query !== undefined && (values.mode === "hybrid" || (values.mode === "auto" && items.length <= embedUpTo));
    const recommender = await openRecommender({
      catalogue: items,
      ratings,
      collaborativeWeight: values.blend,
      embedder: hybrid ? await configuredEmbedder(values.home) : undefined,
      signal: io.signal,
      onProgress: io.progress,
    });
    remark(recommender, skipped, io);
    if (query !== undefined && !hybrid && values.mode === "auto")
      io.note(`${items.length} books are compared by words; --mode hybrid adds the embedding model.`);
    const found =
      query !== undefined
        ? await recommender.fromText(query, options)
        : similarTo !== undefined
          ? recommender.similarTo(similarTo, options)
          : recommender.forUser(user!, options);
    io.result({ recommendations: found.map(shown), report: { ...recommender.report, skipped } }, () => list(found));
    if (found.length === 0) io.note("No book fits.");
  },
});

/** A number from 0 to `max`; undefined when it is not given. */
function fraction(summary: string, { max = 1 }: { max?: number } = {}): Option<number | undefined> {
  return {
    summary,
    value: "number",
    read: (given) => {
      const number = Number(given);
      if (given.trim() === "" || !(number >= 0 && number <= max)) throw new Error(`expected a number from 0 to ${max}`);
      return number;
    },
  };
}

async function configuredEmbedder(home: string | undefined) {
  const { config, sources } = await loadConfig({ flags: home ? { home } : {} });
  const { openModels } = await import("@loam/providers");
  return (await openModels(config, { sources })).embed;
}

function readColumns(given: readonly string[]): CatalogueColumns {
  const columns: Record<string, string[]> = {};
  for (const text of given) {
    const [, field, name] = /^(\w+)=(.+)$/.exec(text) ?? [];
    if (field === undefined || !fields.includes(field))
      throw new ArgumentError("column", text, `field=name with a field of ${fields.join(", ")}`, "write title=Name");
    columns[field] = [...(columns[field] ?? []), name!];
  }
  return columns;
}

function readYears(given: string | undefined): [number, number] | undefined {
  if (given === undefined) return undefined;
  const match = /^(-?\d+)(?:-(\d+))?$/.exec(given);
  const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!match || to < from) throw new ArgumentError("years", given, "a year or a range of years", "write 1990-2005");
  return [from, to];
}

/** What was left out of the files. */
function remark({ report }: Recommender, skipped: { withoutTitle: number; repeatedId: number }, io: Io): void {
  if (skipped.withoutTitle > 0) io.note(`${skipped.withoutTitle} rows without a title were left out.`);
  if (skipped.repeatedId > 0) io.note(`${skipped.repeatedId} rows repeat an id and were left out.`);
  if (report.ratingsOfUnknownItems > 0)
    io.note(
      `${report.ratingsOfUnknownItems} of ${report.ratings} ratings are of books that the catalogue does not have.`,
    );
}

function shown({ item, score, similarity, matches, reason }: Recommendation) {
  const { id, title, authors, language, year, rating } = item;
  return { id, title, authors, language, year, rating, score, similarity, reason, matches };
}

function list(found: readonly Recommendation[]): string {
  return found
    .map(({ item, similarity, reason }, i) => {
      const by = item.authors.length > 0 ? ` · ${item.authors.join(", ")}` : "";
      const year = item.year === undefined ? "" : ` (${item.year})`;
      return `${`${i + 1}`.padStart(2)}. ${item.title}${by}${year}  [${similarity.toFixed(2)}]\n    ${reason}\n`;
    })
    .join("");
}
