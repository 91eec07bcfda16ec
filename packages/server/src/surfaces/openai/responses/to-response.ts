import { ArgumentError, InputError } from "@loam/core";
import { newObjectId, type ResponseObject, type ResponsePlan, type Tool, type ToolChoice } from "@loam/platform";
import { toSampling } from "../wire/sampling-schema.ts";
import type { ResponseRequest } from "./schema.ts";

/** What of a request is read here. */
type Asked = Partial<Omit<ResponseRequest, "input">> & Pick<ResponseRequest, "model">;

/**
 * What a request asks of the model, apart from the conversation.
 *
 * @throws {ArgumentError} for `previous_response_id` beside `conversation`, or `background` without `store`.
 */
export function toPlan(request: Asked): ResponsePlan {
  const { conversation, previous_response_id, text, include = [] } = request;
  if (conversation !== undefined && previous_response_id !== undefined)
    throw new ArgumentError(
      "previous_response_id",
      previous_response_id,
      "`conversation` or `previous_response_id`, not both",
      "the conversation knows its responses",
    );
  if (request.background && request.store === false)
    throw new ArgumentError(
      "background",
      true,
      "`store: true` beside it",
      "a response in the background has to be kept",
    );
  const tools = toTools(request);
  const search = request.tools?.find(({ type }) => type === "file_search");
  const format = text?.format;
  const logprobs = include.includes("message.output_text.logprobs") || (request.top_logprobs ?? 0) > 0;
  return {
    generation: {
      model: request.model,
      ...toSampling(request),
      ...(tools.length > 0 ? { tools, toolChoice: toToolChoice(request, tools) } : {}),
      parallelToolCalls: request.parallel_tool_calls,
      responseFormat: format,
      maxTokens: request.max_output_tokens,
      logprobs,
      topLogprobs: request.top_logprobs,
      reasoningEffort: request.reasoning?.effort,
      templateVariables: request.chat_template_kwargs,
    },
    instructions: request.instructions ?? null,
    ...(search?.type === "file_search" && request.tool_choice !== "none"
      ? {
          fileSearch: {
            vectorStoreIds: search.vector_store_ids,
            maxResults: search.max_num_results ?? 20,
            threshold: search.ranking_options?.score_threshold ?? 0,
            filter: search.filters,
            forced: insistsOnSearch(request),
          },
        }
      : {}),
    truncation: request.truncation ?? "disabled",
    includeResults: include.includes("file_search_call.results"),
    previousResponseId: previous_response_id ?? null,
    conversationId: typeof conversation === "string" ? conversation : (conversation?.id ?? null),
  };
}

function insistsOnSearch({ tool_choice: choice, tools = [] }: Asked): boolean {
  if (choice === "required") return tools.every(({ type }) => type === "file_search");
  return typeof choice === "object" && choice.type === "file_search";
}

function toTools({ tools = [] }: Asked): Tool[] {
  const names = new Map<string, number>();
  return tools.flatMap((tool, i): Tool[] => {
    if (tool.type === "file_search") return [];
    const first = names.get(tool.name);
    if (first !== undefined)
      throw new ArgumentError(`tools[${i}].name`, tool.name, `a name of its own: tools[${first}] has it`);
    names.set(tool.name, i);
    return [tool];
  });
}

function toToolChoice({ tool_choice: choice, tools: all = [] }: Asked, tools: readonly Tool[]): ToolChoice | undefined {
  if (choice === undefined) return undefined;
  // A search alone is what is required then, and it has been made before the model writes.
  if (choice === "required") return tools.length === all.length ? choice : "auto";
  if (typeof choice === "string") return choice;
  if (choice.type === "file_search") return "none";
  const known = (name: string | undefined): string => {
    if (name !== undefined && tools.some((tool) => tool.name === name)) return name;
    throw new ArgumentError("tool_choice", name, `one of ${tools.map((tool) => tool.name).join(", ")}`);
  };
  if (choice.type !== "allowed_tools") return { name: known(choice.name) };
  const named = choice.tools.filter(({ type }) => type === "function" || type === "custom");
  return { mode: choice.mode, allowed: named.map(({ name }) => known(name)) };
}

/** @throws {InputError} for a choice that no tool goes with. */
export function checkToolChoice({ tool_choice: choice, tools = [] }: Asked): void {
  const wants = choice === "required" || (typeof choice === "object" && choice.type !== "allowed_tools");
  if (!wants) return;
  const fits =
    typeof choice === "string"
      ? tools.length > 0
      : tools.some(({ type }) => type === (choice as { type: string }).type);
  if (fits) return;
  throw new InputError(
    "invalid_value",
    `\`tool_choice\` is ${JSON.stringify(choice)}, and \`tools\` has no such tool.`,
    {
      details: { name: "tool_choice" },
      hint: "name one of `tools`",
    },
  );
}

/** The response as it is shown before anything is written: what was asked, with OpenAI's defaults. */
export function toResponseObject(request: ResponseRequest, plan: ResponsePlan, metadata: object): ResponseObject {
  const { text, reasoning, tools = [] } = request;
  return {
    id: newObjectId("response"),
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    completed_at: null,
    status: "in_progress",
    background: request.background ?? false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model: request.model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: plan.previousResponseId,
    prompt_cache_key: request.prompt_cache_key ?? null,
    prompt_cache_retention: request.prompt_cache_retention ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: "default",
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: toShownFormat(text?.format), verbosity: text?.verbosity ?? "medium" },
    tool_choice: request.tool_choice ?? "auto",
    tools: tools.map(toShownTool),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    presence_penalty: request.presence_penalty ?? 0,
    frequency_penalty: request.frequency_penalty ?? 0,
    truncation: plan.truncation,
    usage: null,
    user: request.user ?? null,
    metadata,
    conversation: plan.conversationId ? { id: plan.conversationId } : null,
  };
}

function toShownFormat(format: NonNullable<ResponseRequest["text"]>["format"]) {
  if (format?.type !== "json_schema") return format ?? { type: "text" };
  const { type, name, schema, description = null, strict = true } = format;
  return { type, name, description, schema, strict };
}

function toShownTool(tool: NonNullable<ResponseRequest["tools"]>[number]) {
  switch (tool.type) {
    case "function": {
      const { type, name, description = null, parameters = null, strict = true } = tool;
      return { type, name, description, parameters, strict };
    }
    case "custom": {
      const { type, name, description = null, format = { type: "text" as const } } = tool;
      return { type, name, description, format };
    }
    default: {
      const { type, vector_store_ids, max_num_results = 20, filters = null, ranking_options: ranking } = tool;
      const ranking_options = { ranker: ranking?.ranker ?? "auto", score_threshold: ranking?.score_threshold ?? 0 };
      return { type, vector_store_ids, max_num_results, filters, ranking_options };
    }
  }
}
