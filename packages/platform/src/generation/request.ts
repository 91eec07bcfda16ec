/** A part of a message's content. */
export type ContentPart =
  | { type: "text"; text: string }
  | { type: "refusal"; refusal: string }
  | { type: "image_url"; image_url: { url: string; detail?: string } }
  | { type: "file"; file: { file_id?: string; file_data?: string; filename?: string } }
  | { type: "input_audio"; input_audio: { data: string; format: string } };

/** A call that an assistant message made; `arguments` is JSON text, `input` whatever the tool's format is. */
export type MessageCall =
  | { id: string; type: "function"; function: { name: string; arguments: string } }
  | { id: string; type: "custom"; custom: { name: string; input: string } };

/** A message as OpenAI's chat has it. */
export interface Message {
  role: "developer" | "system" | "user" | "assistant" | "tool" | "function";
  content?: string | readonly ContentPart[] | null;
  name?: string;
  tool_calls?: readonly MessageCall[];
  tool_call_id?: string;
  /** The reasoning of an earlier answer. */
  reasoning_content?: string;
}

/** A tool that takes text: any, or of a grammar. */
export type CustomFormat = { type: "text" } | { type: "grammar"; syntax: "lark" | "regex"; definition: string };

/** What the model may call. */
export type Tool =
  | {
      type: "function";
      name: string;
      description?: string;
      /** JSON Schema of the arguments; left out, there are none. */
      parameters?: Record<string, unknown>;
      /** Refuses schemas that cannot be enforced as a whole; otherwise what can be enforced is. */
      strict?: boolean;
    }
  | { type: "custom"; name: string; description?: string; format?: CustomFormat };

/** `name` is called, once. `allowed` offers some of the tools only. */
export type ToolChoice =
  | "auto"
  | "none"
  | "required"
  | { name: string }
  | { allowed: readonly string[]; mode: "auto" | "required" };

/** What the text of the answer is. */
export type ResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | { type: "json_schema"; name?: string; schema: Record<string, unknown>; strict?: boolean };

/** How tokens are chosen. What is left out is as the model asks for. */
export interface Sampling {
  temperature?: number;
  topP?: number;
  topK?: number;
  minP?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  repetitionPenalty?: number;
  /** By token id, from -100 to 100. */
  logitBias?: Readonly<Record<string, number>>;
  /** The same seed gives the same answer. */
  seed?: number;
}

/** What any protocol asks of a model. */
export interface GenerationRequest extends Sampling {
  /** An id or alias of the model registry. */
  model: string;
  messages: readonly Message[];
  tools?: readonly Tool[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  responseFormat?: ResponseFormat;
  stop?: readonly string[];
  /** Number of answers; choice i is drawn with seed + i. */
  n?: number;
  /** Reports the probability of each token. */
  logprobs?: boolean;
  /** With `logprobs`: so many of the most probable tokens beside each. */
  topLogprobs?: number;
  maxTokens?: number;
  reasoningEffort?: string;
  /** Variables of the model's chat template. */
  templateVariables?: Record<string, unknown>;
}

/** What continues a plain text. */
export interface CompletionRequest extends Sampling {
  model: string;
  /** Text, or token ids of a local model. */
  prompt: string | readonly number[];
  stop?: readonly string[];
  n?: number;
  /** Gives the prompt back in front of the answer, with its tokens' probabilities where `logprobs` asks for them. */
  echo?: boolean;
  logprobs?: boolean;
  topLogprobs?: number;
  /** 0 only reads the prompt. */
  maxTokens?: number;
}
