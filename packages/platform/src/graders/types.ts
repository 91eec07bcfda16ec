import { z } from "zod";

const textMetrics = [
  "cosine",
  "fuzzy_match",
  "bleu",
  "gleu",
  "meteor",
  "rouge_1",
  "rouge_2",
  "rouge_3",
  "rouge_4",
  "rouge_5",
  "rouge_l",
] as const;

export type TextMetric = (typeof textMetrics)[number];

const Content = z.union([
  z.string(),
  z.object({ type: z.enum(["input_text", "output_text"]), text: z.string() }),
  z.array(z.union([z.string(), z.object({ type: z.enum(["input_text", "output_text"]), text: z.string() })])),
]);

/** A message whose text may have places for values: `{{item.question}}`. */
export const TemplateMessage = z.strictObject({
  type: z.literal("message").optional(),
  role: z.enum(["user", "assistant", "system", "developer"]),
  content: Content,
});
export type TemplateMessage = z.output<typeof TemplateMessage>;

const StringCheck = z.strictObject({
  type: z.literal("string_check"),
  name: z.string().min(1),
  input: z.string(),
  reference: z.string(),
  operation: z.enum(["eq", "ne", "like", "ilike"]),
});

const TextSimilarity = z.strictObject({
  type: z.literal("text_similarity"),
  name: z.string().min(1),
  input: z.string(),
  reference: z.string(),
  evaluation_metric: z.enum(textMetrics),
  pass_threshold: z.number().optional(),
});

const LabelModel = z.strictObject({
  type: z.literal("label_model"),
  name: z.string().min(1),
  model: z.string().min(1),
  input: z.array(TemplateMessage).min(1),
  labels: z.array(z.string().min(1)).min(1),
  passing_labels: z.array(z.string()).min(1),
});

const ScoreModel = z.strictObject({
  type: z.literal("score_model"),
  name: z.string().min(1),
  model: z.string().min(1),
  input: z.array(TemplateMessage).min(1),
  range: z.tuple([z.number(), z.number()]).optional(),
  pass_threshold: z.number().optional(),
  sampling_params: z
    .strictObject({
      seed: z.number().int().nullish(),
      temperature: z.number().min(0).max(2).nullish(),
      top_p: z.number().min(0).max(1).nullish(),
      max_completions_tokens: z.number().int().min(1).nullish(),
      reasoning_effort: z.string().nullish(),
    })
    .optional(),
});

const SimpleGrader = z.discriminatedUnion("type", [StringCheck, TextSimilarity, LabelModel, ScoreModel]);

const MultiGrader = z.strictObject({
  type: z.literal("multi"),
  name: z.string().min(1),
  graders: z.record(z.string().regex(/^[A-Za-z_]\w*$/), SimpleGrader),
  /** A formula over the graders' names. */
  calculate_output: z.string().min(1),
});

const kinds = "string_check, text_similarity, label_model, score_model or multi";

/** What judges an answer. Programs in Python are refused by name: nothing foreign is run here. */
export const Grader = z.discriminatedUnion("type", [StringCheck, TextSimilarity, LabelModel, ScoreModel, MultiGrader], {
  error: ({ input }) => {
    const type = (input as { type?: unknown } | undefined)?.type;
    return type === "python" || type === "endpoint"
      ? `graders of type ${type} are not supported by this server; say it with ${kinds}`
      : `expected a grader of type ${kinds}`;
  },
});
export type Grader = z.output<typeof Grader>;

/** The values that templates take: the row, and what a model made of it. */
export interface GradedSample {
  item: unknown;
  sample: { output_text: string; output_json?: unknown; output_tools?: unknown };
}

export interface Grade {
  /** In [0, 1], save for models that were given another range. */
  score: number;
  passed: boolean;
  /** What went wrong, when there is no grade. */
  error?: string;
  /** What a grader that is a model wrote. */
  sample?: unknown;
  tokens?: { model: string; prompt: number; completion: number };
}
