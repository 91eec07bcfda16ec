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
export const operationOfKind: Partial<Record<SpanKind, string>> = {
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

/** Whether a word is the name of a kind. */
export function isSpanKind(word: string): word is SpanKind {
  return kinds.has(word);
}

const operations: Record<string, SpanKind> = {
  chat: "llm",
  text_completion: "llm",
  generate_content: "llm",
  embeddings: "embedding",
  retrieval: "retriever",
  execute_tool: "tool",
  invoke_agent: "agent",
  create_agent: "agent",
  invoke_workflow: "chain",
};

/** The kind that a `gen_ai.operation.name` means. */
export function kindOfOperation(operation: unknown): SpanKind | undefined {
  return Object.hasOwn(operations, String(operation)) ? operations[String(operation)] : undefined;
}
