import { InputError } from "@loam/core";
import type { ChatTool } from "@loam/models";
import { type ChatMessage, toExample } from "@loam/peft";
import type { FunctionRow } from "./generate-rows.ts";
import { inSchemaOrder, spacedJson } from "./request-function.ts";

/** Why a conversation gives no row. */
export type LeftOut = "no call" | "no functions" | "unknown function" | "values that the request does not name";

/**
 * The first request of a conversation that is answered by calls, with these: of ShareGPT rows (`conversations`, `tools`), of
 * OpenAI's (`messages` with `tools` or legacy `functions`). Arguments come in the order of their schema.
 *
 * @param options.grounded leaves out calls with values that do not stand in the request, which teach to guess.
 * @throws {InputError} `bad_example` for a row that is no conversation.
 */
export function firstCallRow(
  row: Record<string, unknown>,
  { grounded = true }: { grounded?: boolean } = {},
): { row: FunctionRow } | { leftOut: LeftOut } {
  const example = toExample(modern(row));
  if (example.kind !== "chat")
    throw new InputError("bad_example", "The row is no conversation.", { hint: "give `conversations` or `messages`" });
  const tools = (example.tools ?? []).map((tool) => functionOf(tool as Record<string, unknown>));
  if (tools.length === 0) return { leftOut: "no functions" };
  const at = example.messages.findIndex(
    (message, i) => message.tool_calls?.length && example.messages[i - 1]?.role === "user",
  );
  if (at < 0) return { leftOut: "no call" };
  const request = String(example.messages[at - 1]!.content);
  const calls = example.messages[at]!.tool_calls!.map((call) => ({
    name: call.function.name,
    tool: tools.find(({ name }) => name === call.function.name),
    values: JSON.parse(call.function.arguments) as Record<string, unknown>,
  }));
  if (calls.some(({ tool }) => !tool)) return { leftOut: "unknown function" };
  if (grounded && !calls.every(({ values }) => standsIn(request, values)))
    return { leftOut: "values that the request does not name" };
  return {
    row: {
      messages: [
        { role: "user", content: request },
        {
          role: "assistant",
          content: null,
          tool_calls: calls.map(({ name, tool, values }, i) => ({
            id: `call_${i + 1}`,
            type: "function",
            function: { name, arguments: spacedJson(inSchemaOrder(tool!, values)) },
          })),
        },
      ],
      tools: tools.map((tool) => ({ type: "function", function: tool })),
    },
  };
}

/** Legacy `functions` and `function_call` as `tools` and `tool_calls`. */
function modern(row: Record<string, unknown>): Record<string, unknown> {
  const { functions, messages } = row;
  if (!Array.isArray(messages)) return row;
  return {
    ...row,
    ...(functions && !row.tools ? { tools: functions } : {}),
    messages: (messages as (ChatMessage & { function_call?: { name: string; arguments: string } })[]).map(
      ({ function_call, ...message }) =>
        function_call
          ? { ...message, content: null, tool_calls: [{ type: "function", function: function_call }] }
          : message,
    ),
  };
}

function functionOf(tool: Record<string, unknown>): ChatTool {
  const { name, description, parameters } = (tool.function ?? tool) as unknown as ChatTool;
  return {
    name,
    ...(description ? { description } : {}),
    parameters: parameters ?? { type: "object", properties: {} },
  };
}

/** Whether every text and number of a call stands in the request. */
function standsIn(request: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => standsIn(request, item));
  if (typeof value === "object" && value !== null) return Object.values(value).every((item) => standsIn(request, item));
  if (typeof value === "string") return plain(request).includes(plain(value));
  if (typeof value === "number") return request.replaceAll(",", "").includes(String(value));
  return true;
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[\s'"“”]+/g, " ")
    .trim();
