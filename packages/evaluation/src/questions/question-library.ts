import type { Place } from "../retrieval/place.ts";

/** A document that questions can be made from. */
export interface QuestionDocument {
  id: string;
  name: string;
  title: string;
  contentHash: string;
  status: string;
}

/** A piece of a document as it is searched, with its sentences and rows where they stand. */
export interface QuestionChunk {
  chunk: { kind: "text" | "table" | "figure"; text: string; headings: readonly string[] };
  passages: readonly {
    text: string;
    /** Names of a row's cells. */
    header?: string;
    /** Of a figure or table: "Figure 3". */
    label?: string;
    kind: "text" | "table" | "figure";
    places: readonly { page: number; box: readonly [number, number, number, number] }[];
  }[];
}

/** Documents as questions are made from them; `Library` of `@loam/library` is one. */
export interface QuestionLibrary {
  documents(): Promise<QuestionDocument[]>;
  /** All chunks of a document in its order. */
  passages(document: string): Promise<QuestionChunk[]>;
}

/** A question with its answer and where that stands: a row of a dataset. */
export interface QuestionRow {
  id: string;
  question: string;
  reference: string;
  goldPlaces: Place[];
  /** The words that answer. */
  quote: string;
  /** What the answer stands in. */
  kind: "text" | "table" | "figure";
  /** Who made the question: `extractive:` with the rule, or `model:` with the model. */
  generator: string;
}

/** The places of a passage as a dataset names them. */
export function placesOf(
  { name, contentHash }: QuestionDocument,
  { places }: Pick<QuestionChunk["passages"][number], "places">,
): Place[] {
  return places.map(({ page, box }) => ({ document: name, hash: contentHash, page, box }));
}
