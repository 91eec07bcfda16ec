import { z } from "@hono/zod-openapi";

const IntervalSchema = z.object({ low: z.number(), mid: z.number(), high: z.number() });
const DirectionSchema = z.enum(["higher", "lower", "none"]);

export const PairScoreSchema = z
  .object({
    metric: z.string(),
    value: z
      .number()
      .nullable()
      .openapi({ description: "F where there are precision and recall; null where it failed" }),
    precision: z.number().nullable(),
    recall: z.number().nullable(),
    range: z.tuple([z.number(), z.number().nullable()]).openapi({ description: "null: without end" }),
    direction: DirectionSchema,
    signature: z.string(),
    failure: z.string().nullable(),
  })
  .openapi("PairScore");

export const PairFactsSchema = z
  .object({
    tokenizer: z.string().openapi({ description: "What made the tokens of ROUGE, lengths and n-grams" }),
    detected: z.boolean().openapi({ description: "It was told by the texts" }),
    candidateTokens: z.int(),
    referenceTokens: z.array(z.int()),
    compression: z
      .number()
      .nullable()
      .openapi({ description: "Tokens of the first reference for one of the candidate" }),
    novel: z.array(z.number()).openapi({ description: "Share of 1-, 2- and 3-grams that no reference has" }),
  })
  .openapi("PairFacts");

const TokenSpanSchema = z.object({ token: z.string(), start: z.int(), end: z.int() });

export const PairAlignmentSchema = z
  .object({
    metric: z.string(),
    tokenizer: z.string(),
    candidate: z.array(TokenSpanSchema).openapi({ description: "Places in UTF-16 code units of the text" }),
    reference: z.array(TokenSpanSchema),
    matches: z.array(
      z.object({
        candidate: z.array(z.int()),
        reference: z.array(z.int()),
        kind: z.enum(["substituted", "shifted"]).optional(),
        cosine: z.number().optional(),
      }),
    ),
    omitted: z.int(),
    parts: z.record(z.string(), z.number()),
    score: z.object({ precision: z.number(), recall: z.number(), f: z.number() }).optional(),
    orders: z
      .array(z.object({ order: z.int(), match: z.number(), candidate: z.number(), reference: z.number().optional() }))
      .optional(),
    order: z.int().optional(),
    cosines: z.array(z.array(z.number())).optional(),
  })
  .openapi("PairAlignment");

const SystemSummarySchema = z.object({
  system: z.string(),
  failures: z.int().optional(),
  meanMs: z.number().optional(),
  costUsd: z.number().nullable().optional(),
  judgeCostUsd: z.number().nullable().optional(),
  metrics: z
    .array(
      z.object({
        metric: z.string(),
        value: z.number().nullable(),
        interval: IntervalSchema.optional(),
        direction: DirectionSchema,
      }),
    )
    .optional(),
});

export const EvaluationSummarySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    state: z
      .enum(["queued", "running", "finished", "failed", "stopped"])
      .openapi({ description: "`stopped`: put aside, cancelled, or its process was lost; it can be resumed" }),
    work: z
      .string()
      .nullable()
      .openapi({ description: "The work that makes it: `/api/work/{id}` cancels, pauses and resumes it" }),
    error: z.string().nullable().openapi({ description: "Why it failed" }),
    cells: z.int(),
    cellsDone: z.int(),
    dataset: z.object({ name: z.string(), hash: z.string(), rows: z.int() }),
    metrics: z.array(z.string()),
    systems: z.array(SystemSummarySchema),
  })
  .openapi("EvaluationSummary");

const BoxSchema = z.object({ min: z.number(), q1: z.number(), median: z.number(), q3: z.number(), max: z.number() });

export const EvaluationSchema = EvaluationSummarySchema.extend({
  resumedCells: z.int(),
  cachedCells: z.int(),
  results: z.array(
    z.object({
      system: z.string(),
      failures: z.int(),
      meanMs: z.number(),
      costUsd: z.number().nullable(),
      judgeCostUsd: z.number().nullable(),
      metrics: z.array(
        z.object({
          metric: z.string(),
          value: z.number().nullable(),
          interval: IntervalSchema.optional(),
          direction: DirectionSchema,
          range: z.tuple([z.number(), z.number().nullable()]),
          signature: z.string(),
          failures: z.int(),
          firstFailure: z.string().nullable(),
          notes: z.array(z.string()),
          spread: BoxSchema.nullable().openapi({ description: "Of the rows' values" }),
        }),
      ),
    }),
  ),
}).openapi("Evaluation");

const markFields = {
  thumb: z
    .union([z.literal(1), z.literal(-1)])
    .nullable()
    .openapi({ description: "What people said: 1 good, −1 bad" }),
  note: z.string().nullable(),
  pinned: z.boolean(),
};

export const EvaluationMarkSchema = z
  .object({ row: z.string(), system: z.string().openapi({ description: 'A row of its own has ""' }), ...markFields })
  .openapi("EvaluationMark");

export const EvaluationRowsSchema = z
  .object({
    total: z.int(),
    rows: z.array(
      z.object({
        row: z.string(),
        input: z.string().openapi({ description: "The beginning of what the row asks or holds" }),
        ...markFields,
        systems: z.array(
          z.object({
            system: z.string(),
            prediction: z.string().nullable().openapi({ description: "Its beginning" }),
            failed: z.boolean(),
            scores: z.array(z.number().nullable()),
            ...markFields,
          }),
        ),
      }),
    ),
  })
  .openapi("EvaluationRows");

export const EvaluationRowSchema = z
  .object({
    row: z.string(),
    position: z.int(),
    previous: z.string().nullable(),
    next: z.string().nullable(),
    fields: z.record(z.string(), z.unknown()),
    references: z.array(z.string()),
    source: z.string().nullable(),
    question: z.string().nullable(),
    ...markFields,
    cells: z.array(
      z.object({
        system: z.string(),
        ...markFields,
        prediction: z.string().nullable(),
        contexts: z.array(z.string()),
        error: z.string().nullable(),
        ms: z.number(),
        costUsd: z.number().nullable(),
        inputTokens: z.int().nullable(),
        outputTokens: z.int().nullable(),
        trace: z.string().nullable(),
        scores: z.array(
          z.object({
            metric: z.string(),
            value: z.number().nullable(),
            failure: z.string().nullable(),
            details: z.unknown().optional(),
          }),
        ),
      }),
    ),
  })
  .openapi("EvaluationRow");

export const EvaluationComparisonSchema = z
  .object({
    left: z.object({ run: z.string(), system: z.string() }),
    right: z.object({ run: z.string(), system: z.string() }),
    sameDataset: z.boolean(),
    metrics: z.array(
      z.object({
        metric: z.string(),
        direction: DirectionSchema,
        left: z.number().nullable(),
        right: z.number().nullable(),
        rows: z.int(),
        difference: z.number(),
        interval: IntervalSchema,
        bootstrapP: z.number(),
        permutationP: z.number(),
        wins: z.int(),
        losses: z.int(),
        ties: z.int(),
        sameSignature: z.boolean(),
        byRow: z
          .array(
            z.object({
              row: z.string(),
              left: z.number(),
              right: z.number(),
              outcome: z.enum(["win", "loss", "tie"]),
            }),
          )
          .openapi({ description: "The largest differences first, at most 500" }),
      }),
    ),
  })
  .openapi("EvaluationComparison");

export type PairScoreJson = z.infer<typeof PairScoreSchema>;
export type PairFactsJson = z.infer<typeof PairFactsSchema>;
export type PairAlignmentJson = z.infer<typeof PairAlignmentSchema>;
export type EvaluationSummaryJson = z.infer<typeof EvaluationSummarySchema>;
export type EvaluationJson = z.infer<typeof EvaluationSchema>;
export type EvaluationRowsJson = z.infer<typeof EvaluationRowsSchema>;
export type EvaluationRowJson = z.infer<typeof EvaluationRowSchema>;
export type EvaluationComparisonJson = z.infer<typeof EvaluationComparisonSchema>;
