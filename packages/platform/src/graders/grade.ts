import { LoamError, throwIfCancelled } from "@loam/core";
import type { Embedder } from "@loam/models";
import { collect } from "../generation/collect.ts";
import { generate } from "../generation/generate.ts";
import type { ModelRegistry } from "../generation/model-registry.ts";
import type { GenerationRequest, Message } from "../generation/request.ts";
import { evaluateFormula } from "./formula.ts";
import { fillTemplate } from "./template.ts";
import { textSimilarity } from "./text-similarity.ts";
import type { Grade, GradedSample, Grader, TemplateMessage } from "./types.ts";

export interface GradeContext {
  registry: ModelRegistry;
  embedder: () => Embedder;
}

/** Judges a sample. What goes wrong (a value that is missing, a model that is away) is the grade's error, never thrown. */
export async function grade(
  context: GradeContext,
  grader: Grader,
  values: GradedSample,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Grade> {
  try {
    return await judge(context, grader, values, signal);
  } catch (error) {
    throwIfCancelled(signal, "grading");
    if (!(error instanceof LoamError)) throw error;
    return { score: 0, passed: false, error: error.message };
  }
}

async function judge(
  context: GradeContext,
  grader: Grader,
  values: GradedSample,
  signal: AbortSignal | undefined,
): Promise<Grade> {
  switch (grader.type) {
    case "string_check": {
      const passed = checkString(
        fillTemplate(grader.input, values),
        fillTemplate(grader.reference, values),
        grader.operation,
      );
      return { score: passed ? 1 : 0, passed };
    }
    case "text_similarity": {
      const [text, reference] = [fillTemplate(grader.input, values), fillTemplate(grader.reference, values)];
      const { embedder } = context;
      const score = await textSimilarity(text, reference, { metric: grader.evaluation_metric, embedder, signal });
      return { score, passed: score >= (grader.pass_threshold ?? 0.5) };
    }
    case "label_model": {
      const { text, ...rest } = await ask(context, grader.model, grader.input, values, signal, {
        type: "object",
        properties: { label: { type: "string", enum: grader.labels } },
        required: ["label"],
        additionalProperties: false,
      });
      const label = (JSON.parse(text) as { label: string }).label;
      const passed = grader.passing_labels.includes(label);
      return { score: passed ? 1 : 0, passed, ...rest };
    }
    case "score_model": {
      const [low, high] = grader.range ?? [0, 1];
      const { text, ...rest } = await ask(
        context,
        grader.model,
        grader.input,
        values,
        signal,
        {
          type: "object",
          properties: { score: { type: "number", minimum: low, maximum: high } },
          required: ["score"],
          additionalProperties: false,
        },
        grader.sampling_params,
      );
      const score = Math.max(low, Math.min(high, (JSON.parse(text) as { score: number }).score));
      return { score, passed: score >= (grader.pass_threshold ?? (low + high) / 2), ...rest };
    }
    case "multi": {
      const scores: Record<string, number> = {};
      for (const [name, inner] of Object.entries(grader.graders)) {
        const { score, error } = await grade(context, inner, values, { signal });
        if (error !== undefined) return { score: 0, passed: false, error: `${name}: ${error}` };
        scores[name] = score;
      }
      const score = evaluateFormula(grader.calculate_output, scores);
      return { score, passed: score >= 0.5 };
    }
  }
}

/** What a formula may name. @throws {ArgumentError} */
export function checkGrader(grader: Grader): void {
  if (grader.type !== "multi") return;
  evaluateFormula(grader.calculate_output, Object.fromEntries(Object.keys(grader.graders).map((name) => [name, 1])));
}

function checkString(text: string, reference: string, operation: "eq" | "ne" | "like" | "ilike"): boolean {
  if (operation === "eq") return text === reference;
  if (operation === "ne") return text !== reference;
  if (operation === "like") return text.includes(reference);
  return text.toLowerCase().includes(reference.toLowerCase());
}

async function ask(
  { registry }: GradeContext,
  model: string,
  input: readonly TemplateMessage[],
  values: GradedSample,
  signal: AbortSignal | undefined,
  schema: Record<string, unknown>,
  sampling: {
    seed?: number | null;
    temperature?: number | null;
    top_p?: number | null;
    max_completions_tokens?: number | null;
  } = {},
) {
  const messages = fillMessages(input, values);
  const request: GenerationRequest = {
    ...{ model, messages, seed: sampling.seed ?? 0, temperature: sampling.temperature ?? 0 },
    topP: sampling.top_p ?? undefined,
    maxTokens: sampling.max_completions_tokens ?? 256,
    responseFormat: { type: "json_schema", name: "grade", schema, strict: true },
  };
  const answers = await collect(generate({ registry }, request, { signal }));
  const { text } = answers.choices[0]!;
  const { promptTokens: prompt, completionTokens: completion } = answers.usage;
  return {
    text,
    sample: { input: messages, output: [{ role: "assistant", content: text }] },
    tokens: { model, prompt, completion },
  };
}

/** Messages with their places filled. */
export function fillMessages(template: readonly TemplateMessage[], values: object): Message[] {
  return template.map(({ role, content }) => {
    const parts = Array.isArray(content) ? content : [content];
    const text = parts.map((part) => (typeof part === "string" ? part : part.text)).join("");
    return { role, content: fillTemplate(text, values) };
  });
}
