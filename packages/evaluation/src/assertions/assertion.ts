import { InputError, nearestName } from "@loam/core";
import { z } from "zod";

/** Kinds that are told from the texts alone, under the names promptfoo gives them. */
export const textKinds = [
  "equals",
  "contains",
  "icontains",
  "contains-any",
  "contains-all",
  "icontains-any",
  "icontains-all",
  "starts-with",
  "regex",
  "is-json",
  "contains-json",
  "levenshtein",
  "rouge-n",
  "bleu",
] as const;
export type TextKind = (typeof textKinds)[number];

/** All kinds: `similar` needs an embedder, `llm-rubric` a judge. */
export const assertionKinds = [...textKinds, "similar", "llm-rubric"] as const;
export type AssertionKind = (typeof assertionKinds)[number];

/** Something that a prediction is asserted to do. */
export interface Assertion {
  /** One of {@link assertionKinds}; `not-` in front of it turns it round. */
  type: AssertionKind | `not-${AssertionKind}`;
  /** What it is held against: a text, a list for `-any` and `-all`, a JSON Schema, a rubric. */
  value?: unknown;
  /** The least score that passes; for `levenshtein` the most edits. Left out, the kind's own. */
  threshold?: number;
  /** Share in the row's score; 1 when left out. */
  weight?: number;
}

const schema = z.strictObject({
  type: z.string(),
  value: z.unknown().optional(),
  threshold: z.number().optional(),
  weight: z.number().min(0).optional(),
});

const texts = z.array(z.string()).min(1);
const valueSchemas: Partial<Record<AssertionKind, z.ZodType>> = {
  contains: z.string(),
  icontains: z.string(),
  "contains-any": texts,
  "contains-all": texts,
  "icontains-any": texts,
  "icontains-all": texts,
  "starts-with": z.string(),
  regex: z.string().refine(isPattern, "not a regular expression"),
  "is-json": z.record(z.string(), z.unknown()).optional(),
  "contains-json": z.record(z.string(), z.unknown()).optional(),
  levenshtein: z.string(),
  "rouge-n": z.string(),
  bleu: z.string(),
  similar: z.string(),
  "llm-rubric": z.string().min(1),
};

/** The kind of an assertion, and whether it is turned round; undefined for a kind that is not known. */
export function kindOf(type: string): { kind: AssertionKind; negated: boolean } | undefined {
  const negated = type.startsWith("not-");
  const kind = (negated ? type.slice(4) : type) as AssertionKind;
  return assertionKinds.includes(kind) ? { kind, negated } : undefined;
}

/** What is wrong with an assertion, in words; undefined where nothing is. */
export function faultOf(given: unknown): string | undefined {
  const parsed = schema.safeParse(given);
  if (!parsed.success) return parsed.error.issues[0]!.message;
  const { type, value } = parsed.data;
  const known = kindOf(type);
  if (!known) {
    const near = nearestName(type, assertionKinds);
    return `${JSON.stringify(type)} is no kind of assertion; ${near ? `did you mean "${near}"?` : `known: ${assertionKinds.join(", ")}`}`;
  }
  const checked = valueSchemas[known.kind]?.safeParse(value);
  if (checked && !checked.success) return `${type}: value: ${checked.error.issues[0]!.message}`;
  return known.kind === "equals" && value === undefined ? "equals: there is no value" : undefined;
}

/** Assertions from a value of a table: a list, or its JSON. @throws {InputError} `bad_rows`. */
export function readAssertions(value: unknown, where: string): Assertion[] {
  let given = value;
  if (typeof value === "string") {
    try {
      given = JSON.parse(value);
    } catch {
      // stays a text, which is no list
    }
  }
  if (!Array.isArray(given)) {
    throw new InputError("bad_rows", `${where}: not a list of assertions.`, {
      hint: 'for example [{"type": "icontains", "value": "Paris"}]',
    });
  }
  for (const [i, one] of given.entries()) {
    const fault = faultOf(one);
    if (fault !== undefined)
      throw new InputError("bad_rows", `${where}, ${i + 1}: ${fault}.`, { hint: "correct the line, or take it out" });
  }
  return given as Assertion[];
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
