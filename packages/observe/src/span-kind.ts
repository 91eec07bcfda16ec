/** What a step does. The names are OpenInference's span kinds in lower case. */
export type SpanKind =
  | "chain"
  | "llm"
  | "embedding"
  | "retriever"
  | "reranker"
  | "tool"
  | "agent"
  | "guardrail"
  | "evaluator"
  | "prompt";

/** The GenAI operation (`gen_ai.operation.name`) a kind stands for, where the conventions have one. */
const operationOfKind: Partial<Record<SpanKind, string>> = {
  llm: "chat",
  embedding: "embeddings",
  retriever: "retrieval",
  tool: "execute_tool",
  agent: "invoke_agent",
};

/** Both vocabularies on one span, so that OpenTelemetry and OpenInference readers understand it. */
export function kindAttributes(kind: SpanKind): Record<string, string> {
  const operation = operationOfKind[kind];
  return {
    "openinference.span.kind": kind.toUpperCase(),
    ...(operation ? { "gen_ai.operation.name": operation } : {}),
  };
}

const kinds = new Set<string>([
  "chain",
  "llm",
  "embedding",
  "retriever",
  "reranker",
  "tool",
  "agent",
  "guardrail",
  "evaluator",
  "prompt",
] satisfies SpanKind[]);

const kindOfOperation: Record<string, SpanKind> = {
  chat: "llm",
  text_completion: "llm",
  generate_content: "llm",
  embeddings: "embedding",
  retrieval: "retriever",
  execute_tool: "tool",
  invoke_agent: "agent",
  create_agent: "agent",
};

/** The kind of a span from anywhere, by its OpenInference or GenAI attributes; `chain` when it says nothing. */
export function kindOf(attributes: Record<string, unknown>): SpanKind {
  const named = String(attributes["openinference.span.kind"] ?? "").toLowerCase();
  if (kinds.has(named)) return named as SpanKind;
  return kindOfOperation[String(attributes["gen_ai.operation.name"] ?? "")] ?? "chain";
}
