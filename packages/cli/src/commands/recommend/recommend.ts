import { existsSync } from "node:fs";
import { ArgumentError, type OnProgress } from "@loam/core";
import type { CatalogueRecord, Catalogues, Recommendation } from "@loam/recommend";
import { catalogueFields, recommendOperation } from "@loam/recommend/operations";
import { type CommandGroup, choice, command, type Option, text, texts } from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";
import { catalogueColumns, remarkOnCatalogue } from "./catalogue-options.ts";
import { evaluateRecommendationCommand } from "./evaluate-recommendation.ts";

/** Catalogues up to this size are embedded without being asked to: about a minute on two cores. */
const embedUpTo = 5_000;

const find = command({
  name: "find",
  summary: "Recommend books of a catalogue",
  description:
    "The catalogue is one of `loam catalogue ls`, or a file, which is imported once: CSV, TSV, Excel, JSON, JSON Lines or Parquet with a column of titles; authors, tags, description, language, year and rating are used where they are there. Without --catalogue the only one there is is taken.",
  args: {
    query: { summary: "what the book should be about", optional: true } as {
      summary: string;
      optional: true;
      type?: string;
    },
  },
  options: {
    catalogue: text("name of a catalogue, or file of books", { value: "name|file" }),
    count: { ...operationOptions(recommendOperation, { n: {} }).n, short: "n" },
    similarTo: text("books like this one (title or id)", { value: "title" }),
    ratings: text("file of ratings: user_id, book_id, rating", { value: "file" }),
    user: text("for this user of the ratings; `me` goes by the feedback given here", { value: "id" }),
    like: texts("note that you like this book (title or id); may be repeated", { value: "title" }),
    dislike: texts("note that you do not; may be repeated", { value: "title" }),
    seen: texts("note that you know it, and leave it out; may be repeated", { value: "title" }),
    forget: texts("take back what was noted; may be repeated", { value: "title" }),
    column: texts(`which column is what: title=Name; one of ${catalogueFields.join(", ")}; may be repeated`, {
      value: "field=name",
    }),
    mode: choice(
      "how a description is compared; hybrid adds the embedding model",
      ["auto", "keyword", "hybrid"],
      "auto",
    ),
    ...operationOptions(recommendOperation, { diversity: { value: "number" }, perAuthor: {} }),
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
    ["recommend --catalogue books --like Solaris --user me", "note what you like, and go by it"],
  ],
  run: async (values, io) => {
    const { query, similarTo, user } = values;
    const notes = (["like", "dislike", "seen"] as const).flatMap((kind) =>
      values[kind].map((item) => ({ item, kind })),
    );
    const feedback = [...notes, ...values.forget.map((item) => ({ item, kind: "clear" as const }))];
    const asked = [query, similarTo, user].filter((given) => given !== undefined);
    if (asked.length > 1 || (asked.length === 0 && feedback.length === 0))
      throw new ArgumentError(
        "query",
        query,
        "one of a description, --similar-to or --user",
        'write "a book about the sea"',
      );
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
    };
    const [{ openWorkspace }, { openCatalogues }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/recommend/catalogues"),
    ]);
    await using workspace = await openWorkspace({ home: values.home, io, tracing: "withModels" });
    const catalogues = openCatalogues({ store: workspace.store });
    const steps = { signal: io.signal, onProgress: io.progress };
    let record = await chooseCatalogue(catalogues, values, steps);
    if (user !== undefined && user !== "me" && !record.ratings)
      throw new ArgumentError("user", user, "ratings to know the user by", "add --ratings ratings.csv");
    for (const { item, kind } of feedback) await catalogues.giveFeedback(record.id, item, kind);
    // Nothing is loaded for a model that is not asked.
    const byMeaning = query !== undefined && values.mode !== "keyword";
    const embedder = byMeaning ? (await workspace.models()).embed : undefined;
    const isEmbedded = embedder !== undefined && record.embedded[embedder.id] === record.items;
    const embeds = byMeaning && !isEmbedded && (values.mode === "hybrid" || record.items <= embedUpTo);
    if (embeds) record = await catalogues.embed(record.id, embedder!, steps);
    else if (byMeaning && !isEmbedded)
      io.note(`${record.items} books are compared by words; --mode hybrid adds the embedding model.`);
    remarkOnCatalogue(record, io);
    if (asked.length === 0) {
      io.result({ noted: feedback, catalogue: record.name }, () => `Noted: ${feedback.length}.`);
      return;
    }
    const {
      recommendations: found,
      report: opened,
      knowsReader,
    } = await recommendOperation.call(
      { catalogues, embedder, collaborativeWeight: values.blend },
      { catalogue: record.id, query, similarTo, user: user === "me" ? undefined : user, ...options },
      { signal: io.signal, progress: io.progress },
    );
    if (user !== "me" && !knowsReader) io.note(`Nothing is known of the user ${user}: these are for anybody.`);
    const report = { catalogue: record.name, ...opened, skipped: record.skipped };
    io.result({ recommendations: found.map(shown), report }, () => list(found));
    if (found.length === 0) io.note("No book fits.");
  },
});

/** Recommendation: `loam recommend "a book about the sea"` finds books. */
export const recommendGroup: CommandGroup = {
  name: "recommend",
  summary: "Recommend books of a catalogue, or measure how well that works",
  commands: [find, evaluateRecommendationCommand],
  default: "find",
};

/** The catalogue of that name, the file imported, or the only one there is. */
async function chooseCatalogue(
  catalogues: Catalogues,
  { catalogue, ratings, column }: { catalogue?: string; ratings?: string; column: readonly string[] },
  steps: { signal: AbortSignal; onProgress: OnProgress },
): Promise<CatalogueRecord> {
  const columns = catalogueColumns(column);
  if (
    catalogue !== undefined &&
    (existsSync(catalogue) || /[/\\]|\.(?:csv|tsv|xlsx|jsonl?|ndjson|parquet)(?:\.gz)?$/i.test(catalogue))
  )
    return await catalogues.add(catalogue, { ratings, columns, ...steps });
  if (ratings !== undefined)
    throw new ArgumentError(
      "ratings",
      ratings,
      "a catalogue that is given as a file",
      "or import both: `loam catalogue add books.csv --ratings ratings.csv`",
    );
  if (catalogue !== undefined) return await catalogues.get(catalogue);
  const known = await catalogues.list();
  if (known.length === 1) return known[0]!;
  const names = known.map(({ name }) => name).join(", ");
  throw new ArgumentError(
    "catalogue",
    undefined,
    known.length === 0 ? "a file of books" : `one of ${names}`,
    "add --catalogue books.csv",
  );
}

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

function readYears(given: string | undefined): [number, number] | undefined {
  if (given === undefined) return undefined;
  const match = /^(-?\d+)(?:-(\d+))?$/.exec(given);
  const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!match || to < from) throw new ArgumentError("years", given, "a year or a range of years", "write 1990-2005");
  return [from, to];
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
