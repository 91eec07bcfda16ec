import type { SpanNode } from "@loam/observe";

/** A recorded model call as messages, whichever client has recorded it. */
export interface RecordedChat {
  messages: { role: "system" | "user" | "assistant"; content: string }[];
  answer: string;
}

/** Undefined where no prompt can be made out. */
export function chatOf({ input, output }: Pick<SpanNode, "input" | "output">): RecordedChat | undefined {
  const messages = messagesIn(input);
  return messages.length > 0 ? { messages, answer: textIn(output) } : undefined;
}

function messagesIn(value: unknown): RecordedChat["messages"] {
  if (typeof value === "string") return [{ role: "user", content: value }];
  if (typeof value !== "object" || value === null) return [];
  const list = Array.isArray(value) ? value.flat() : undefined;
  if (list) {
    return list.flatMap((item) => {
      const message = (item as { message?: unknown } | null)?.message ?? item;
      if (typeof message === "string") return [{ role: "user" as const, content: message }];
      const { role, type } = (message ?? {}) as { role?: unknown; type?: unknown };
      const content = textIn(message);
      return content === "" ? [] : [{ role: roleOf(role ?? type), content }];
    });
  }
  const fields = value as Record<string, unknown>;
  for (const name of ["messages", "input", "prompt", "question"]) {
    const found = messagesIn(fields[name]);
    if (found.length === 0) continue;
    const system = typeof fields.system === "string" ? fields.system : fields.instructions;
    return typeof system === "string" ? [{ role: "system", content: system }, ...found] : found;
  }
  return [];
}

function roleOf(role: unknown): "system" | "user" | "assistant" {
  if (role === "system" || role === "developer") return "system";
  return role === "assistant" || role === "ai" ? "assistant" : "user";
}

/** The text of an answer or a message: of its parts, its choices, its last message. */
function textIn(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || depth > 8) return "";
  if (Array.isArray(value)) return value.map((item) => textIn(item, depth + 1)).join("");
  const fields = value as Record<string, unknown>;
  for (const name of [
    "content",
    "text",
    "parts",
    "message",
    "choices",
    "output",
    "messages",
    "answer",
    "generations",
  ]) {
    const text = textIn(fields[name], depth + 1);
    if (text !== "") return text;
  }
  return "";
}
