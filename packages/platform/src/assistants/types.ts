import type { Stored } from "../objects/collection.ts";

/** Nested parts are kept as OpenAI's clients write and read them. */
export type AssistantTool =
  | {
      type: "function";
      function: {
        name: string;
        description?: string;
        parameters?: Record<string, unknown>;
        strict?: boolean | null;
      };
    }
  | {
      type: "file_search";
      file_search?: {
        max_num_results?: number;
        ranking_options?: { ranker?: string; score_threshold?: number };
      };
    };

export interface ToolResources {
  file_search?: { vector_store_ids?: string[] };
}

type AssistantToolChoice =
  | "none"
  | "auto"
  | "required"
  | { type: "function"; function: { name: string } }
  | { type: "file_search" };

export type AssistantResponseFormat =
  | "auto"
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      json_schema: { name: string; description?: string; schema?: Record<string, unknown>; strict?: boolean | null };
    };

export interface AssistantBody {
  model: string;
  name: string | null;
  description: string | null;
  instructions: string | null;
  tools: AssistantTool[];
  toolResources: ToolResources;
  temperature: number | null;
  topP: number | null;
  responseFormat: AssistantResponseFormat;
  reasoningEffort: string | null;
}

export interface ThreadBody {
  toolResources: ToolResources;
}

/** A place of a file that a text cites. Indexes count UTF-16 units, as clients' strings do. */
export interface FileCitation {
  type: "file_citation";
  text: string;
  start_index: number;
  end_index: number;
  file_citation: { file_id: string };
}

export type MessagePart =
  | { type: "text"; text: { value: string; annotations: FileCitation[] } }
  | { type: "image_file"; image_file: { file_id: string; detail?: string } }
  | { type: "image_url"; image_url: { url: string; detail?: string } };

export interface Attachment {
  file_id: string;
  tools: { type: "file_search" }[];
}

export type IncompleteReason = "max_tokens" | "run_cancelled" | "run_expired" | "run_failed" | "content_filter";

export interface MessageBody {
  role: "user" | "assistant";
  content: MessagePart[];
  assistantId: string | null;
  runId: string | null;
  attachments: Attachment[];
  incompleteReason: IncompleteReason | null;
  /** Unix seconds. */
  endedAt: number | null;
}

export type RunStatus =
  | "queued"
  | "in_progress"
  | "requires_action"
  | "cancelling"
  | "cancelled"
  | "failed"
  | "completed"
  | "incomplete"
  | "expired";

interface RunError {
  code: "server_error" | "rate_limit_exceeded" | "invalid_prompt";
  message: string;
}

export interface TokenCounts {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

/** A call that waits for its output. */
interface RequiredCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

type Truncation = { type: "auto" | "last_messages"; last_messages: number | null };

export interface RunBody {
  assistantId: string;
  model: string;
  instructions: string;
  tools: AssistantTool[];
  toolResources: ToolResources;
  toolChoice: AssistantToolChoice;
  parallelToolCalls: boolean;
  temperature: number | null;
  topP: number | null;
  responseFormat: AssistantResponseFormat;
  reasoningEffort: string | null;
  truncation: Truncation;
  maxPromptTokens: number | null;
  maxCompletionTokens: number | null;
  /** What the run waits for, in `requires_action`. */
  requiredCalls: RequiredCall[] | null;
  lastError: RunError | null;
  incompleteReason: "max_completion_tokens" | "max_prompt_tokens" | null;
  /** Unix seconds. */
  startedAt: number | null;
  endedAt: number | null;
  /** Tokens so far. */
  usage: TokenCounts;
  /** Counts the stretches between tool outputs; a piece of work belongs to one. */
  leg: number;
  /** Answers of the model so far: a forced choice of tool holds for the first. */
  generations: number;
  workId: string | null;
}

export interface FileSearchResult {
  file_id: string;
  file_name: string;
  score: number;
  content: { type: "text"; text: string }[];
}

export type StepToolCall =
  | { id: string; type: "function"; function: { name: string; arguments: string; output: string | null } }
  | {
      id: string;
      type: "file_search";
      file_search: { ranking_options: { ranker: string; score_threshold: number }; results: FileSearchResult[] };
    };

export type StepDetails =
  | { type: "message_creation"; message_creation: { message_id: string } }
  | { type: "tool_calls"; tool_calls: StepToolCall[] };

export interface StepBody {
  threadId: string;
  assistantId: string;
  /** The leg of the run that made it. */
  leg: number;
  details: StepDetails;
  usage: TokenCounts | null;
  lastError: { code: "server_error" | "rate_limit_exceeded"; message: string } | null;
  /** Unix seconds. */
  endedAt: number | null;
}

export type StoredAssistant = Stored<AssistantBody>;
export type StoredThread = Stored<ThreadBody>;
export type StoredMessage = Stored<MessageBody>;
export type StoredRun = Stored<RunBody>;
export type StoredStep = Stored<StepBody>;

/** What happens in a run, as a client follows it. */
export type RunEvent =
  | { type: "thread"; thread: StoredThread }
  | { type: "run"; run: StoredRun; change: "created" | RunStatus }
  | {
      type: "step";
      step: StoredStep;
      change: "created" | "in_progress" | "completed" | "failed" | "cancelled" | "expired";
    }
  | { type: "step-delta"; stepId: string; calls: StepCallDelta[] }
  | { type: "message"; message: StoredMessage; change: "created" | "in_progress" | "completed" | "incomplete" }
  | { type: "message-delta"; messageId: string; text: string; annotations?: FileCitation[] };

/** A piece of a call in a step, in the words of the wire; its id and name come once. */
export interface StepCallDelta {
  index: number;
  id?: string;
  type: "function" | "file_search";
  function?: { name?: string; arguments?: string; output?: null };
  file_search?: object;
}
