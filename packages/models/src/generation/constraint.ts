/**
 * What generated text must look like: JSON of a schema, any JSON, or an EBNF grammar in XGrammar's notation.
 *
 * A schema with `strict` is refused where it asks for what cannot be kept to; otherwise that is left out.
 */
export type Constraint =
  | { schema: Record<string, unknown>; strict?: boolean }
  | { json: true }
  | { grammar: string }
  | { calls: CallGrammar };

/** Calls of functions, with or without text around them. */
export interface CallGrammar {
  /** Opens the calls. */
  opening: string;
  joints: { first: string; between: string; last: string };
  calls: readonly {
    name: string;
    before: string;
    parameters: Record<string, unknown>;
    strict: boolean;
    after: string;
  }[];
  /** Nothing but calls; otherwise text until a call opens. */
  forced: boolean;
  /** More than one call in one answer. */
  several: boolean;
  /** Where no call is made: JSON of this schema in place of any text. */
  text?: { schema: Record<string, unknown>; strict?: boolean };
}
