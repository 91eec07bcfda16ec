import { createRoute, z } from "@hono/zod-openapi";
import {
  type CorpusMetric,
  compression,
  detectTokenizer,
  metrics,
  novelNgrams,
  type PairAlignment,
  ScoredText,
  ScoreInput,
  scoreOperation,
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
} from "../../schemas/evaluation.ts";

const { tokenizer, stem } = ScoreInput.shape;

const score = createRoute({
  method: "post",
  path: "/metrics/score",
  description: "Scores one candidate against its references.",
  request: body(ScoreInput),
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
        candidate: ScoredText,
        reference: ScoredText,
        order: z.int().min(1).max(9).optional().openapi({ description: "Of the n-grams listed, for BLEU and chrF" }),
        ...{ tokenizer, stem },
      })
      .openapi("PairAlignRequest"),
  ),
  responses: {
    200: json(PairAlignmentSchema, "Tokens of both texts, and which match"),
    400: json(ErrorSchema, "A metric without an alignment, or texts too long for one"),
  },
});

const list = createRoute({
  method: "get",
  path: "/metrics",
  description: "Every metric; families with a parameter know other members too, such as `rouge3`.",
  responses: {
    200: json(
      z.array(
        z.object({
          name: z.string(),
          direction: z.enum(["higher", "lower", "none"]),
          needs: z.array(z.string()).openapi({ description: "What rows, or the models, have to give" }),
        }),
      ),
      "Metrics",
    ),
  },
});

export function metricRoutes({ pairs }: Services) {
  const all = metrics.map(({ name, direction, needs }) => ({ name, direction, needs: [...needs] }));
  return router()
    .openapi(list, (c) => c.json(all, 200))
    .openapi(score, async (c) => {
      const { candidate, references, ...options } = c.req.valid("json");
      const start = performance.now();
      const scores = await scoreOperation.call(pairs, c.req.valid("json"), { signal: c.req.raw.signal });
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
  { tokenizer: name, stem }: { tokenizer: z.infer<typeof tokenizer>; stem: boolean },
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
