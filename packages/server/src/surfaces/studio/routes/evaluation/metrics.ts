import { createRoute, z } from "@hono/zod-openapi";
import {
  type CorpusMetric,
  compression,
  detectTokenizer,
  novelNgrams,
  type PairAlignment,
  tokenizerFor,
} from "@loam/evaluation";
import { router } from "../../../../http/router.ts";
import type { Services } from "../../../../services/services.ts";
import { body, ErrorSchema, json } from "../../schemas/error.ts";
import {
  type PairAlignmentJson,
  PairAlignmentSchema,
  type PairFactsJson,
  PairFactsSchema,
  type PairScoreJson,
  PairScoreSchema,
  TextSchema,
  TokenizerSchema,
} from "../../schemas/evaluation.ts";

const settings = { tokenizer: TokenizerSchema.default("auto"), stem: z.boolean().default(false) };
const usual = [
  ...["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum", "rougeS4", "rougeSU4", "rougeW-1.2"],
  ...["bleu", "chrf", "ter", "exactMatch", "answerF1"],
];

const score = createRoute({
  method: "post",
  path: "/metrics/score",
  description: "Scores one candidate against its references.",
  request: body(
    z
      .object({
        candidate: TextSchema,
        references: z.array(TextSchema).min(1).max(8),
        source: TextSchema.optional(),
        metrics: z.array(z.string().max(40)).min(1).max(40).default(usual),
        ...settings,
      })
      .openapi("PairScoreRequest"),
  ),
  responses: {
    200: json(z.object({ facts: PairFactsSchema, scores: z.array(PairScoreSchema), ms: z.number() }), "The scores"),
    400: json(ErrorSchema, "An unknown metric, or one that needs what was not given"),
  },
});
const align = createRoute({
  method: "post",
  path: "/metrics/align",
  description: "What a metric takes for the same in two texts, with its places.",
  request: body(
    z
      .object({
        metric: z.string().max(40),
        candidate: TextSchema,
        reference: TextSchema,
        order: z.int().min(1).max(9).optional().openapi({ description: "Of the n-grams listed, for BLEU and chrF" }),
        ...settings,
      })
      .openapi("PairAlignRequest"),
  ),
  responses: {
    200: json(PairAlignmentSchema, "Tokens of both texts, and which match"),
    400: json(ErrorSchema, "A metric without an alignment, or texts too long for one"),
  },
});

export function metricRoutes({ pairs }: Services) {
  return router()
    .openapi(score, async (c) => {
      const { candidate, references, source, ...options } = c.req.valid("json");
      const start = performance.now();
      const row = { prediction: candidate, references, ...(source !== undefined && { source }) };
      const scores = await pairs.score(row, { ...options, signal: c.req.raw.signal });
      const facts = factsOf(candidate, references, options);
      return c.json({ facts, scores: scores.map(toScoreJson), ms: performance.now() - start }, 200);
    })
    .openapi(align, async (c) => {
      const { metric, candidate, reference, ...options } = c.req.valid("json");
      const found = await pairs.align(metric, { candidate, reference }, { ...options, signal: c.req.raw.signal });
      return c.json(toAlignmentJson(found), 200);
    });
}

function factsOf(
  candidate: string,
  references: readonly string[],
  { tokenizer: name, stem }: { tokenizer: z.infer<typeof TokenizerSchema>; stem: boolean },
): PairFactsJson {
  const detected = name === "auto";
  const tokenizer = detected
    ? detectTokenizer([candidate, ...references], { stem })
    : tokenizerFor(name === "rouge_score" && stem ? "rouge_score+porter" : name);
  const own = tokenizer.tokenize(candidate);
  const theirs = references.map((reference) => tokenizer.tokenize(reference));
  return {
    tokenizer: tokenizer.name,
    detected,
    candidateTokens: own.length,
    referenceTokens: theirs.map((tokens) => tokens.length),
    compression: own.length > 0 ? compression(own, theirs[0]!) : null,
    novel: [1, 2, 3].map((n) => novelNgrams(own, theirs.flat(), n)),
  };
}

function toScoreJson({ metric, value, parts, range, direction, signature, failures }: CorpusMetric): PairScoreJson {
  return {
    metric,
    value,
    precision: parts?.precision ?? null,
    recall: parts?.recall ?? null,
    range: [range[0], Number.isFinite(range[1]) ? range[1] : null],
    direction,
    signature,
    failure: failures[0]?.reason ?? null,
  };
}

/** A hypothesis is called a candidate where people compare texts. */
function toAlignmentJson({ hypothesis, matches, orders, parts, ...rest }: PairAlignment): PairAlignmentJson {
  const named = Object.entries(parts).map(([name, value]) => [name.replace("hypothesis", "candidate"), value]);
  return {
    ...rest,
    parts: Object.fromEntries(named),
    candidate: hypothesis,
    matches: matches.map(({ hypothesis: candidate, ...match }) => ({ candidate, ...match })),
    ...(orders && { orders: orders.map(({ hypothesis: candidate, ...counts }) => ({ candidate, ...counts })) }),
  };
}
