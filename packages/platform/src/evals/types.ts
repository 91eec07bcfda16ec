import type { Grade, Grader, TemplateMessage } from "../graders/types.ts";
import type { Stored } from "../objects/collection.ts";

/** Nested parts are kept as OpenAI's clients write and read them. */
export type DataSourceConfig =
  | { type: "custom"; item_schema: Record<string, unknown>; include_sample_schema?: boolean }
  | { type: "logs" | "stored_completions"; metadata?: Record<string, unknown> | null };

export interface EvalBody {
  name: string;
  dataSource: DataSourceConfig;
  criteria: Grader[];
}

export interface EvalItem {
  item: Record<string, unknown>;
  sample?: Record<string, unknown>;
}

type RowSource = { type: "file_content"; content: EvalItem[] } | { type: "file_id"; id: string };

interface SamplingParams {
  seed?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  max_completion_tokens?: number | null;
  max_completions_tokens?: number | null;
  max_tokens?: number | null;
  reasoning_effort?: string | null;
  response_format?: unknown;
  text?: unknown;
  tools?: unknown;
}

type InputMessages =
  | { type: "template"; template: TemplateMessage[] }
  | { type: "item_reference"; item_reference: string };

export type RunDataSource =
  | { type: "jsonl"; source: RowSource }
  | {
      type: "completions" | "responses";
      source: RowSource;
      model?: string | null;
      input_messages?: InputMessages | null;
      sampling_params?: SamplingParams | null;
    };

export interface ModelUsage {
  model_name: string;
  invocation_count: number;
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  cached_tokens: number;
}

export interface EvalRunBody {
  evalId: string;
  name: string;
  dataSource: RunDataSource;
  workId: string | null;
  error: { code: string; message: string } | null;
  counts: { total: number; passed: number; failed: number; errored: number };
  criteria: { testing_criteria: string; passed: number; failed: number }[];
  usage: ModelUsage[];
}

export interface EvalSample {
  input: { role: string; content: string }[];
  output: { role: string; content: string }[];
  finish_reason: string;
  model: string;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number; cached_tokens: number };
  error: { code: string; message: string } | null;
  temperature: number;
  max_completion_tokens: number;
  top_p: number;
  seed: number;
}

export interface OutputItemBody {
  evalId: string;
  /** Place in the data, from 0. */
  place: number;
  item: Record<string, unknown>;
  grades: ({ name: string; type: string } & Grade)[];
  sample: EvalSample;
}

export type StoredEval = Stored<EvalBody>;
export type StoredEvalRun = Stored<EvalRunBody>;
export type StoredOutputItem = Stored<OutputItemBody>;
