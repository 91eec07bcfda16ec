import { z } from "zod";
import { type Assertion, faultOf, kindOf } from "../assertions/assertion.ts";
import type { Miss } from "./files.ts";
import { templateFault } from "./prompts.ts";

const assertSchema = z.looseObject({
  type: z.string(),
  value: z.unknown().optional(),
  threshold: z.number().optional(),
  weight: z.number().optional(),
});

const code = "it runs code of the configuration; a system or metric of your own can do that with the library";
const reasons: Record<string, string> = {
  javascript: code,
  python: code,
  ruby: code,
  webhook: "it calls a service; a metric of your own can do that with the library",
  "assert-set": "sets of assertions are not read; list them singly",
  cost: "cost is measured in every run, not asserted by row",
  latency: "time is measured in every run, not asserted by row",
  factuality: "use the metric faithfulness, or llm-rubric",
  "answer-relevance": "use the metric answerRelevance",
  "context-faithfulness": "use the metric faithfulness",
  "context-recall": "use the metric contextRecall",
  "context-relevance": "use the metric contextPrecision",
  "model-graded-closedqa": "use llm-rubric",
  "g-eval": "use llm-rubric, or the metrics coherence, consistency, fluency and relevance",
};

/** An assertion of promptfoo as one here; none, and a word why, where there is no counterpart. */
export function importAsserts(given: unknown, at: string, fill: (value: unknown) => unknown, miss: Miss): Assertion[] {
  const parsed = assertSchema.safeParse(given);
  if (!parsed.success) {
    miss(at, JSON.stringify(given)?.slice(0, 80) ?? "", "not an assertion: it has no type");
    return [];
  }
  const { type, value, threshold, weight, ...rest } = parsed.data;
  const named = type === "similar:cosine" ? "similar" : type;
  if (!kindOf(named)) {
    miss(at, type, reasons[type.replace(/^not-/, "")] ?? "there is no such assertion here");
    return [];
  }
  const text = JSON.stringify(value ?? "");
  const fault = text.includes("file://") ? "values in files are not read; write it in place" : templateFault(text);
  if (fault !== undefined) {
    miss(at, type, fault);
    return [];
  }
  for (const key of Object.keys(rest))
    miss(`${at}.${key}`, key, "of an assertion its type, value, threshold and weight are read");
  const own = typeof value === "number" || typeof value === "boolean" ? String(value) : fill(value);
  const list = /-(?:any|all)$/.test(named) && typeof own === "string" ? own.split(",").map((part) => part.trim()) : own;
  const assertion = {
    type: named,
    ...(list !== undefined && list !== null && { value: list }),
    ...(threshold !== undefined && { threshold }),
    ...(weight !== undefined && { weight }),
  };
  const wrong = faultOf(assertion);
  if (wrong !== undefined) {
    miss(at, type, wrong);
    return [];
  }
  return [assertion as Assertion];
}
