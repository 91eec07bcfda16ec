import type { FunctionTool, ToolCall } from "../chat/request.ts";

/** OpenAI's objects, as far as these pages read them. */
export interface Assistant {
  id: string;
  name: string | null;
  model: string;
  instructions: string | null;
  tools: (FunctionTool | { type: string })[];
  created_at: number;
}

export interface ThreadMessage {
  id: string;
  role: "user" | "assistant";
  content: { type: string; text?: { value: string } }[];
  run_id: string | null;
}

export interface ThreadRun {
  id: string;
  status:
    | "queued"
    | "in_progress"
    | "requires_action"
    | "cancelling"
    | "cancelled"
    | "failed"
    | "completed"
    | "incomplete"
    | "expired";
  required_action: { submit_tool_outputs: { tool_calls: ToolCall[] } } | null;
  last_error: { code: string; message: string } | null;
  usage: { prompt_tokens: number; completion_tokens: number } | null;
}

export interface RunStep {
  id: string;
  type: "message_creation" | "tool_calls";
  status: string;
  step_details: {
    tool_calls?: {
      id: string;
      type: string;
      function?: { name: string; arguments: string; output: string | null };
      file_search?: unknown;
    }[];
  };
  usage: { prompt_tokens: number; completion_tokens: number } | null;
}

export interface StoredFile {
  id: string;
  filename: string;
  bytes: number;
  purpose: string;
  created_at: number;
}

export interface VectorStore {
  id: string;
  name: string;
  usage_bytes: number;
  status: string;
  file_counts: { in_progress: number; completed: number; failed: number; total: number };
}

export interface VectorHit {
  file_id: string;
  filename: string;
  score: number;
  content: { text: string }[];
}

export interface Batch {
  id: string;
  endpoint: string;
  status: string;
  output_file_id: string | null;
  error_file_id: string | null;
  created_at: number;
  request_counts: { total: number; completed: number; failed: number };
}

export interface Job {
  id: string;
  model: string;
  status: string;
  fine_tuned_model: string | null;
  created_at: number;
  trained_tokens: number | null;
  error: { message?: string } | null;
}

export interface JobEvent {
  id: string;
  level: string;
  message: string;
  created_at: number;
}

export interface Checkpoint {
  id: string;
  fine_tuned_model_checkpoint: string;
  step_number: number;
  metrics: Record<string, number | null>;
}

export interface Eval {
  id: string;
  name: string;
  testing_criteria: { name?: string; type: string }[];
  created_at: number;
}

export interface EvalRun {
  id: string;
  name: string;
  status: string;
  model: string;
  result_counts: { total: number; passed: number; failed: number; errored: number };
}

export const isRunOpen = ({ status }: ThreadRun): boolean =>
  status === "queued" || status === "in_progress" || status === "cancelling";
/** Whether an object of any kind is still on its way. */
export const isOnItsWay = ({ status }: { status: string }): boolean =>
  ["queued", "in_progress", "validating", "validating_files", "running", "finalizing", "cancelling"].includes(status);

export const textOf = ({ content }: ThreadMessage): string => content.map(({ text }) => text?.value ?? "").join("\n");
