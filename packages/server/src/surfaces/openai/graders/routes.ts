import { checkGrader, Grader, grade } from "@loam/platform";
import { Hono } from "hono";
import { z } from "zod";
import type { Services } from "../../../services/services.ts";
import { readJson } from "../wire/read-json.ts";

const Validate = z.strictObject({ grader: Grader });

const Run = z.strictObject({
  grader: Grader,
  model_sample: z.string(),
  item: z.record(z.string(), z.unknown()).optional(),
});

/** Graders tried out before a job or an eval uses them. */
export function graderRoutes({ platform }: Services) {
  const app = new Hono();
  app.post("/fine_tuning/alpha/graders/validate", async (c) => {
    const { grader } = await readJson(c, Validate);
    checkGrader(grader);
    return c.json({ grader });
  });
  app.post("/fine_tuning/alpha/graders/run", async (c) => {
    const { grader, model_sample, item = {} } = await readJson(c, Run);
    checkGrader(grader);
    const started = performance.now();
    const sample = { output_text: model_sample, output_json: jsonOf(model_sample) };
    const { score, error, tokens } = await grade(
      platform.grading,
      grader,
      { item, sample },
      { signal: c.req.raw.signal },
    );
    return c.json({
      reward: score,
      metadata: {
        name: grader.name,
        type: grader.type,
        errors: gradeErrors(error),
        execution_time: (performance.now() - started) / 1000,
        scores: { [grader.name]: score },
        token_usage: tokens ? tokens.prompt + tokens.completion : null,
        sampled_model_name: tokens?.model ?? null,
      },
      sub_rewards: {},
      model_grader_token_usage_per_model: tokens ? { [tokens.model]: tokens.prompt + tokens.completion } : {},
    });
  });
  return app;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function gradeErrors(error: string | undefined) {
  return {
    formula_parse_error: false,
    sample_parse_error: false,
    sample_parse_error_details: null,
    truncated_observation_error: false,
    unresponsive_reward_error: false,
    invalid_variable_error: error?.startsWith("There is no value") ?? false,
    other_error: error !== undefined,
    python_grader_server_error: false,
    python_grader_server_error_type: null,
    python_grader_runtime_error: false,
    python_grader_runtime_error_details: null,
    model_grader_server_error: false,
    model_grader_refusal_error: false,
    model_grader_parse_error: false,
    model_grader_server_error_details: error ?? null,
  };
}
