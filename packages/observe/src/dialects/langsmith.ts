import { isSpanKind, type SpanKind } from "../kind/span-kind.ts";
import { dialect } from "./dialect.ts";
import { genAiOld } from "./gen-ai-old.ts";
import { below, textOf, wordsOf } from "./values.ts";

const kindOfRunType: Record<string, SpanKind> = { parser: "chain" };

/** LangSmith's clients with `LANGSMITH_TRACING_MODE=otel`: their own names beside the older GenAI ones. */
export const langsmith = dialect({
  name: "langsmith",
  detect: ({ attributes }) =>
    attributes["langsmith.span.kind"] !== undefined || attributes["langsmith.trace.name"] !== undefined,
  read: (span) => {
    const { attributes } = span;
    const kind = String(attributes["langsmith.span.kind"] ?? "").toLowerCase();
    const metadata = below(attributes, "langsmith.metadata.");
    const plain = genAiOld.read(span);
    return {
      ...plain,
      kind: kindOfRunType[kind] ?? (isSpanKind(kind) ? kind : "chain"),
      sessionId: textOf(metadata?.session_id, metadata?.thread_id, metadata?.conversation_id) ?? plain.sessionId,
      userId: textOf(metadata?.user_id) ?? plain.userId,
      project: textOf(attributes["langsmith.trace.session_name"]),
      tags: wordsOf(attributes["langsmith.span.tags"]),
      metadata,
      taken: [
        ...(plain.taken ?? []),
        ...Object.keys(attributes).filter((name) => name.startsWith("langsmith.metadata.")),
      ],
    };
  },
  write: (reading) => ({
    ...genAiOld.write(reading),
    "llm.request.type": undefined,
    "langsmith.span.kind": reading.kind ?? "chain",
    "langsmith.trace.session_name": reading.project,
    "langsmith.span.tags": reading.tags?.join(","),
    ...Object.fromEntries(
      Object.entries(reading.metadata ?? {}).map(([name, value]) => [`langsmith.metadata.${name}`, value]),
    ),
  }),
});
