import type { GenerationRequest } from "../generation/request.ts";
import type { Stored } from "../objects/collection.ts";
import type { AttributeFilter } from "../vector-stores/filters.ts";
import type { Item } from "./items.ts";

export type ResponseStatus = "completed" | "failed" | "in_progress" | "cancelled" | "queued" | "incomplete";

/** A search in files before the answer. */
export interface FileSearchTool {
  vectorStoreIds: readonly string[];
  maxResults: number;
  threshold: number;
  filter?: AttributeFilter;
  /** Whether the request insists on it; otherwise what does not fit is left out. */
  forced: boolean;
}

/** What is asked for, apart from the conversation. */
export interface ResponsePlan {
  /** Everything but the messages. */
  generation: Omit<GenerationRequest, "messages">;
  instructions: string | null;
  fileSearch?: FileSearchTool;
  truncation: "auto" | "disabled";
  /** Whether the results of a file search are part of the answer. */
  includeResults: boolean;
  /** Names of the response before it and of the conversation it belongs to. */
  previousResponseId: string | null;
  conversationId: string | null;
}

/** A response as OpenAI's clients see it; fields that echo the request are carried through. */
export interface ResponseObject {
  id: string;
  object: "response";
  created_at: number;
  status: ResponseStatus;
  error: { code: string; message: string } | null;
  incomplete_details: { reason: "max_output_tokens" | "content_filter" } | null;
  model: string;
  output: Item[];
  usage: ResponseUsage | null;
  [echo: string]: unknown;
}

export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export interface ResponseBody {
  response: ResponseObject;
  /** What this request brought, with ids. */
  input: Item[];
  plan: ResponsePlan;
  /** The work that answers it in the background. */
  workId: string | null;
}

export type StoredResponse = Stored<ResponseBody>;
