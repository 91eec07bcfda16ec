import type { SpanRecord } from "@loam/observe";
import { isObject } from "../check/index.ts";

/** A row as OpenAI's fine-tuning format has it. */
export interface TracedRow {
  messages: Record<string, unknown>[];
  tools: unknown[];
}

/**
 * Rows from recorded calls of models that offered functions: what the model was asked, the functions, and what it answered,
 * a call or a text. Spans that recorded no answer or offered nothing give none; what was hidden when it was recorded stays so.
 */
export function rowsFromSpans(spans: readonly SpanRecord[]): { rows: TracedRow[]; leftOut: number } {
  const rows = spans.flatMap((span) => rowFromSpan(span) ?? []);
  return { rows, leftOut: spans.length - rows.length };
}

function rowFromSpan({ attributes, input, output }: SpanRecord): TracedRow | undefined {
  const tools = parsed(attributes["gen_ai.tool.definitions"]);
  if (!Array.isArray(tools) || tools.length === 0) return undefined;
  const asked = messagesOf(input);
  const answered = messagesOf(output).filter(({ role }) => role === "assistant");
  if (asked.length === 0 || answered.length === 0) return undefined;
  const instructions = parsed(attributes["gen_ai.system_instructions"]);
  const system = Array.isArray(instructions)
    ? textOf(instructions)
    : typeof instructions === "string"
      ? instructions
      : "";
  return {
    messages: [...(system ? [{ role: "system", content: system }] : []), ...asked, answered[0]!],
    tools: tools.map((tool) =>
      isObject(tool) && isObject(tool.function)
        ? { type: "function", function: tool.function }
        : { type: "function", function: withoutType(tool) },
    ),
  };
}

const withoutType = (tool: unknown) => {
  if (!isObject(tool)) return tool;
  const { type: _, inputSchema, ...definition } = tool;
  return inputSchema ? { ...definition, parameters: inputSchema } : definition;
};

/** OpenTelemetry's messages (`parts`) and OpenAI's (`content`, `tool_calls`) in OpenAI's form. */
function messagesOf(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).flatMap((message): Record<string, unknown>[] => {
    const { role, parts } = message;
    if (!Array.isArray(parts)) {
      const { content, tool_calls, tool_call_id } = message;
      return [
        {
          role,
          content: content ?? null,
          ...(tool_calls ? { tool_calls } : {}),
          ...(tool_call_id ? { tool_call_id } : {}),
        },
      ];
    }
    const all = parts.filter(isObject);
    const outputs = all.filter(({ type }) => type === "tool_call_response");
    if (outputs.length > 0) {
      return outputs.map((part) => ({
        role: "tool",
        tool_call_id: part.id,
        content: asText(part.response ?? part.result),
      }));
    }
    const calls = all.filter(({ type }) => type === "tool_call");
    const text = textOf(all);
    if (calls.length === 0) return [{ role, content: text }];
    const tool_calls = calls.map((part, i) => ({
      id: typeof part.id === "string" ? part.id : `call_${i + 1}`,
      type: "function",
      function: { name: part.name, arguments: asText(part.arguments ?? {}) },
    }));
    return [{ role, content: text || null, tool_calls }];
  });
}

const textOf = (parts: readonly unknown[]): string =>
  parts
    .filter(isObject)
    .filter(({ type, content }) => type === "text" && typeof content === "string")
    .map(({ content }) => content)
    .join("\n");

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? null));

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
