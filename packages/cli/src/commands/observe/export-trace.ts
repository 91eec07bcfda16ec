import type { SpanNode, Trace } from "@loam/observe";
import { chatOf } from "./chat-of-span.ts";

function nodesOf({ roots }: Trace): SpanNode[] {
  const nodes: SpanNode[] = [];
  const coming = roots.toReversed();
  for (let node = coming.pop(); node; node = coming.pop()) {
    nodes.push(node);
    coming.push(...node.children.toReversed());
  }
  return nodes;
}

/** The trace's model calls as chats, one JSON object a line, which `loam tune` and `loam evaluate` take. */
export function toChats(trace: Trace): string {
  const rows = nodesOf(trace).flatMap((node) => {
    const chat = node.kind === "llm" ? chatOf(node) : undefined;
    return chat && chat.answer !== ""
      ? [{ messages: [...chat.messages, { role: "assistant", content: chat.answer }] }]
      : [];
  });
  return rows.map((row) => JSON.stringify(row)).join("\n");
}

/** The trace as `ExportTraceServiceRequest` in OTLP's JSON, which any collector takes. */
export function toOtlp(trace: Trace): unknown {
  const spans = nodesOf(trace).map((node) => ({
    traceId: node.traceId,
    spanId: node.spanId,
    ...(node.parentSpanId ? { parentSpanId: node.parentSpanId } : {}),
    name: node.name,
    startTimeUnixNano: nanos(node.startUs),
    endTimeUnixNano: nanos(node.startUs + node.durationMs * 1000),
    status:
      node.status === "error"
        ? { code: 2, message: node.statusMessage ?? "" }
        : node.status === "ok"
          ? { code: 1 }
          : {},
    attributes: attributes({
      "openinference.span.kind": node.kind.toUpperCase(),
      ...node.attributes,
      ...(node.model ? { "llm.model_name": node.model } : {}),
      ...(node.inputTokens === null ? {} : { "llm.token_count.prompt": node.inputTokens }),
      ...(node.outputTokens === null ? {} : { "llm.token_count.completion": node.outputTokens }),
      ...(node.input === null ? {} : { "input.value": asText(node.input) }),
      ...(node.output === null ? {} : { "output.value": asText(node.output) }),
    }),
    events: node.events.map(({ name, timeUs, attributes: given = {} }) => ({
      name,
      timeUnixNano: nanos(timeUs),
      attributes: attributes(given),
    })),
  }));
  const project = trace.roots[0]?.project ?? "default";
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ "service.name": project }) },
        scopeSpans: [{ scope: { name: "loam" }, spans }],
      },
    ],
  };
}

function attributes(values: Record<string, unknown>): { key: string; value: unknown }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: otlpValue(value) }));
}

function otlpValue(value: unknown): unknown {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: asText(value) };
}

const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
const nanos = (us: number) => String(BigInt(Math.round(us)) * 1000n);
