import { ArgumentError, operation } from "@loam/core";
import type { Embedder } from "@loam/models";
import { maxQueryLength } from "@loam/search";
import { z } from "zod";
import type { CatalogueRecord, Catalogues } from "../catalogues/catalogues-types.ts";

const names = z.array(z.string().min(1).max(200)).max(50);

export const RecommendInput = z.strictObject({
  catalogue: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("name or id of a catalogue; may be left out where there is only one"),
  query: z.string().trim().min(1).max(maxQueryLength).optional().describe("what the item should be about"),
  similarTo: z.string().min(1).max(1000).optional().describe("items like this one (title or id)"),
  user: z.string().min(1).max(200).optional().describe("for this reader of the ratings"),
  n: z.int().min(1).max(1000).default(10).describe("number of items"),
  diversity: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("0 ranks by score alone, towards 1 the items differ more from each other"),
  perAuthor: z.int().min(1).max(1000).optional().describe("at most so many of one author"),
  filters: z
    .strictObject({
      languages: names.optional().describe("only in these languages, as the catalogue writes them"),
      authors: names.optional().describe("only by these authors"),
      tags: names.optional().describe("only with one of these tags"),
      years: z
        .tuple([z.int(), z.int()])
        .refine(([from, to]) => from <= to, "the first year before the last")
        .optional()
        .describe("only of these years, both included"),
      minRating: z.number().min(0).max(100).optional().describe("only rated at least so"),
    })
    .default({}),
});

export const recommendOperation = operation({
  name: "recommend",
  summary: "Recommend items of a catalogue: about a text, like an item, or for a reader",
  description:
    "One of `query`, `similarTo` and `user`, or none for a reader who is known by the feedback given here. Meaning counts " +
    "beside words where the catalogue has been embedded; ratings count where it has some.",
  lasts: "moment",
  input: RecommendInput,
  run: async (
    { catalogues, ...context }: { catalogues: Catalogues; embedder?: Embedder; collaborativeWeight?: number },
    { catalogue, query, similarTo, user, ...options },
    { signal, progress },
  ) => {
    const ways = Object.entries({ query, similarTo, user }).filter(([, value]) => value !== undefined);
    if (ways.length > 1)
      throw new ArgumentError(ways[1]![0], ways[1]![1], `nothing beside \`${ways[0]![0]}\``, "leave one out");
    const record = catalogue === undefined ? await onlyOne(catalogues) : await catalogues.get(catalogue);
    const recommender = await catalogues.open(record.id, { ...context, signal, onProgress: progress });
    const recommendations =
      query !== undefined
        ? await recommender.fromText(query, { ...options, signal })
        : similarTo !== undefined
          ? recommender.similarTo(similarTo, options)
          : recommender.forUser(user ?? {}, options);
    const knowsReader = user === undefined || recommender.knows(user);
    return { catalogue: record, report: recommender.report, knowsReader, recommendations };
  },
});

/** @throws {ArgumentError} when there is none, or there are several. */
async function onlyOne(catalogues: Catalogues): Promise<CatalogueRecord> {
  const known = await catalogues.list();
  if (known.length === 1) return known[0]!;
  const which =
    known.length === 0 ? "a catalogue that was imported" : `one of ${known.map(({ name }) => name).join(", ")}`;
  throw new ArgumentError("catalogue", undefined, which, "import one: `loam catalogue add books.csv`");
}
