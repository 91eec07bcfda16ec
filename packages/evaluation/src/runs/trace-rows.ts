import type { Row } from "@loam/core";
import type { SpanRecord } from "@loam/observe";

/**
 * Rows of a dataset from recorded spans: `input` and `output` as text (of a model call, the last thing it was asked,
 * with `messages` and `system` beside it), the output once more as `prediction` or `reference`, where it came from, and
 * the evaluations that were recorded with it (`gen_ai.evaluation.result` events) as `feedback`. Spans without an output
 * are left out.
 */
export function traceRows(
  spans: readonly SpanRecord[],
  { output: role }: { output: "prediction" | "reference" },
): { rows: Row[]; withoutOutput: number } {
  const rows: Row[] = [];
  for (const span of spans) {
    const output = textOf(span.output);
    if (output === undefined) continue;
    const messages = isMessages(span.input) ? span.input : undefined;
    const asked = messages?.findLast(({ role }) => role === "user");
    const instructions = systemOf(span, messages);
    const feedback = feedbackOf(span);
    rows.push({
      id: `${span.traceId}-${span.spanId}`,
      input: (asked ? textOf([asked]) : textOf(span.input)) ?? "",
      ...(instructions !== undefined && { system: instructions }),
      ...(messages && messages.length > 1 && { messages }),
      output,
      [role]: output,
      ...(feedback.length > 0 && { feedback }),
      span: span.name,
      trace: span.traceId,
      time: new Date(span.startUs / 1000).toISOString(),
      ms: ((span.endUs ?? span.startUs) - span.startUs) / 1000,
      ...(span.model !== null && { model: span.model }),
    });
  }
  return { rows, withoutOutput: spans.length - rows.length };
}

interface Message {
  role: string;
  parts?: readonly { type?: string; content?: unknown; name?: unknown; arguments?: unknown; response?: unknown }[];
  content?: unknown;
}

function isMessages(value: unknown): value is Message[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === "object" && one !== null && typeof (one as Message).role === "string")
  );
}

/** What a value says: the text of messages, a text itself, else JSON; undefined for nothing at all. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (!isMessages(value)) return JSON.stringify(value);
  const text = value.map(messageText).filter(Boolean).join("\n");
  return text === "" ? undefined : text;
}

function messageText({ parts, content }: Message): string {
  if (parts === undefined) return typeof content === "string" ? content : (JSON.stringify(content) ?? "");
  return parts
    .filter(({ type }) => type !== "reasoning")
    .map((part) => (typeof part.content === "string" ? part.content : JSON.stringify(part)))
    .join("\n");
}

function systemOf({ attributes }: SpanRecord, messages: readonly Message[] | undefined): string | undefined {
  const own = messages?.filter(({ role }) => role === "system" || role === "developer") ?? [];
  if (own.length > 0) return own.map(messageText).join("\n");
  const given = attributes["gen_ai.system_instructions"];
  if (typeof given !== "string") return undefined;
  try {
    const parts = JSON.parse(given) as Message["parts"];
    return messageText({ role: "system", parts: parts ?? [] });
  } catch {
    return given;
  }
}

function feedbackOf({ events }: SpanRecord): Record<string, unknown>[] {
  return events
    .filter(({ name }) => name === "gen_ai.evaluation.result")
    .map(({ attributes = {} }) => {
      const about = (key: string) => attributes[`gen_ai.evaluation.${key}`];
      const all = {
        name: about("name"),
        score: about("score.value"),
        label: about("score.label"),
        why: about("explanation"),
      };
      return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    });
}
