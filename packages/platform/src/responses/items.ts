import { randomLetters } from "../objects/ids.ts";

/** A part of a message's content, as OpenAI's items have it. */
export type ItemPart =
  | { type: "input_text"; text: string }
  | { type: "input_image"; image_url?: string | null; file_id?: string | null; detail?: string }
  | { type: "input_file"; file_id?: string | null; file_data?: string; filename?: string; file_url?: string }
  | { type: "output_text"; text: string; annotations: Annotation[]; logprobs: unknown[] }
  | { type: "refusal"; refusal: string };

export interface Annotation {
  type: "file_citation";
  file_id: string;
  filename: string;
  /** Where in the text it stands, in UTF-16 units. */
  index: number;
}

export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** What conversations and responses consist of, in OpenAI's spelling; `id` is unique. */
export type Item =
  | {
      id: string;
      type: "message";
      role: "user" | "system" | "developer" | "assistant";
      status: ItemStatus;
      content: ItemPart[];
    }
  | { id: string; type: "function_call"; call_id: string; name: string; arguments: string; status: ItemStatus }
  | { id: string; type: "function_call_output"; call_id: string; output: unknown; status: ItemStatus }
  | { id: string; type: "custom_tool_call"; call_id: string; name: string; input: string; status: ItemStatus }
  | { id: string; type: "custom_tool_call_output"; call_id: string; output: unknown; status: ItemStatus }
  | {
      id: string;
      type: "file_search_call";
      queries: string[];
      status: "in_progress" | "searching" | "completed" | "incomplete" | "failed";
      results: FileResult[] | null;
    }
  | {
      id: string;
      type: "reasoning";
      summary: { type: "summary_text"; text: string }[];
      content: { type: "reasoning_text"; text: string }[];
      encrypted_content?: string | null;
      status: ItemStatus;
    }
  | { id: string; type: "compaction"; encrypted_content: string };

export interface FileResult {
  file_id: string;
  filename: string;
  score: number;
  attributes: Record<string, string | number | boolean>;
  text: string;
}

const prefixes: Record<Item["type"], string> = {
  message: "msg_",
  function_call: "fc_",
  function_call_output: "fco_",
  custom_tool_call: "ctc_",
  custom_tool_call_output: "ctco_",
  file_search_call: "fs_",
  reasoning: "rs_",
  compaction: "cmp_",
};

/** A new id for an item: its prefix tells what it is. */
export const newItemId = (type: Item["type"]): string => prefixes[type] + randomLetters(40);
