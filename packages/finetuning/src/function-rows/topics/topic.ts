import type { KindMaker } from "./value-kinds.ts";

/** A parameter of a topic's function: what its values are, and the names and descriptions that it goes by. */
interface TopicParameter {
  kind: KindMaker;
  names: readonly string[];
  tells: readonly string[];
  /** Of optional ones: what a request adds when it says a value, with `{}` in the place of it. */
  clauses?: readonly string[];
}

/** Something that people ask programs for: functions and requests of many wordings are made of it. */
export interface Topic {
  /** Topics of one group are near each other: a request for one of them is no request for another. */
  group: string;
  /** The words of the function's name, the verb first. */
  words: readonly string[];
  about: readonly string[];
  required: Readonly<Record<string, TopicParameter>>;
  optional: Readonly<Record<string, TopicParameter>>;
  /** Requests; `{key}` stands for a required value. */
  asks: readonly string[];
}

const split = (text: string): string[] => text.split("|").map((part) => part.trim());

/** A required parameter: names and descriptions are separated by `|`. */
export const needs = (kind: KindMaker, names: string, tells: string): TopicParameter => ({
  kind,
  names: split(names),
  tells: split(tells),
});

/** An optional parameter, with what a request adds for it. */
export const may = (kind: KindMaker, names: string, tells: string, clauses: string): TopicParameter => ({
  ...needs(kind, names, tells),
  clauses: clauses.split("|"),
});

/** @param words the function's name, verb first; descriptions and requests are separated by `|`. */
export const topic = (
  group: string,
  words: string,
  about: string,
  required: Record<string, TopicParameter>,
  asks: string,
  optional: Record<string, TopicParameter> = {},
): Topic => ({
  group,
  words: words.split(" "),
  about: split(about),
  required,
  optional,
  asks: split(asks),
});
