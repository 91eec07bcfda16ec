import { isDeepStrictEqual } from "node:util";
import { execWithinTime } from "@loam/core";
import { RougeScorer } from "../rouge/rouge-scorer.ts";
import { type JsonVerdict, jsonSchemaChecker } from "../structure/json-schema.ts";
import { detectTokenizer } from "../text/tokenizers.ts";
import { sentenceBleu } from "../translation/bleu.ts";
import type { TextKind } from "./assertion.ts";

/** Whether an assertion holds, and what it rests on. */
export interface Verdict {
  holds: boolean;
  /** In [0, 1] where the kind measures, else 1 or 0. */
  score: number;
  reason: string;
}

/** Thresholds that promptfoo takes where none is given. */
const defaultThreshold = { "rouge-n": 0.75, bleu: 0.5, levenshtein: 5 } as const;

/** Checks an assertion that needs no model. */
export function checkText(
  prediction: string,
  { kind, value, threshold }: { kind: TextKind; value: unknown; threshold?: number | undefined },
): Verdict {
  switch (kind) {
    case "equals":
      return told(equals(prediction, value), `equals ${shown(value)}`);
    case "contains":
    case "icontains":
    case "contains-all":
    case "icontains-all":
    case "contains-any":
    case "icontains-any":
      return checkContained(prediction, kind, [value].flat() as string[]);
    case "starts-with":
      return told(prediction.startsWith(value as string), `starts with ${shown(value)}`);
    case "regex":
      return told(execWithinTime(new RegExp(value as string), prediction) !== null, `matches /${value}/`);
    case "is-json":
      return ofJson(jsonSchemaChecker((value as object | undefined) ?? {})(prediction));
    case "contains-json":
      return checkContainedJson(prediction, (value as object | undefined) ?? {});
    case "levenshtein": {
      const edits = levenshtein(prediction, value as string);
      const most = threshold ?? defaultThreshold.levenshtein;
      return { ...told(edits <= most, `${edits} edits, at most ${most} allowed`) };
    }
    case "rouge-n": {
      const tokenizer = detectTokenizer([prediction, value as string], { stem: false });
      const score = new RougeScorer(["rouge1"], { tokenizer }).score(prediction, value as string).rouge1.f;
      return measured(score, threshold ?? defaultThreshold["rouge-n"], "ROUGE-1");
    }
    case "bleu":
      return measured(
        sentenceBleu(prediction, [value as string]).score / 100,
        threshold ?? defaultThreshold.bleu,
        "BLEU",
      );
  }
}

/** A score held against the least that passes. */
export function measured(score: number, threshold: number, name: string): Verdict {
  return { holds: score >= threshold, score, reason: `${name} is ${score.toFixed(4)}, at least ${threshold} asked` };
}

function told(holds: boolean, what: string): Verdict {
  return { holds, score: holds ? 1 : 0, reason: holds ? what : `not so: ${what}` };
}

/** Texts by their characters; other values by the JSON that the prediction is. */
function equals(prediction: string, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return prediction === String(value);
  try {
    return isDeepStrictEqual(JSON.parse(prediction), value);
  } catch {
    return false;
  }
}

function checkContained(prediction: string, kind: TextKind, values: readonly string[]): Verdict {
  const folded = (text: string) => (kind.startsWith("i") ? text.toLowerCase() : text);
  const inside = values.filter((value) => folded(prediction).includes(folded(value)));
  const holds = kind.endsWith("-any") ? inside.length > 0 : inside.length === values.length;
  const missing = values.filter((value) => !inside.includes(value));
  return {
    ...told(holds, `contains ${values.map(shown).join(kind.endsWith("-any") ? " or " : " and ")}`),
    ...(!holds && { reason: `does not contain ${missing.map(shown).join(", ")}` }),
  };
}

function ofJson({ valid, errors }: JsonVerdict): Verdict {
  return { holds: valid, score: valid ? 1 : 0, reason: valid ? "valid JSON" : errors.join("; ") };
}

/** The first JSON object or list amid other text that the schema allows. */
function checkContainedJson(prediction: string, schema: object): Verdict {
  const check = jsonSchemaChecker(schema);
  let last: JsonVerdict = { valid: false, errors: ["no JSON object or list in the text"] };
  for (const piece of bracketed(prediction)) {
    last = check(piece);
    if (last.valid) break;
  }
  return ofJson(last);
}

/** Pieces from an opening bracket to the one that closes it; brackets in strings do not count. */
function* bracketed(text: string): Generator<string> {
  for (let start = 0; start < text.length; start++) {
    if (text[start] !== "{" && text[start] !== "[") continue;
    const end = closingOf(text, start);
    if (end === undefined) continue;
    yield text.slice(start, end + 1);
    start = end;
  }
}

function closingOf(text: string, start: number): number | undefined {
  let [depth, quoted] = [0, false];
  for (let i = start; i < text.length; i++) {
    const char = text[i]!;
    if (quoted && char === "\\") i++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "{" || char === "[")) depth++;
    else if (!quoted && (char === "}" || char === "]") && --depth === 0) return i;
  }
  return undefined;
}

/** Insertions, deletions and substitutions of characters that turn one text into the other (Levenshtein 1966). */
export function levenshtein(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  let row = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (const [i, char] of left.entries()) {
    const next = [i + 1];
    for (const [j, other] of right.entries())
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (char === other ? 0 : 1)));
    row = next;
  }
  return row[right.length]!;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
